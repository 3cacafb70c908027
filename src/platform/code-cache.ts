/** CodeCache: a script compiled by V8 ahead of its first run, by the Node.js that is going to run it. */
import { processEnvironment } from './environment.ts'
import { spawnProcess } from './processes.ts'
import { runtimeCommand } from './runtime-command.ts'

/**
 * Functions are compiled on their first call unless V8 is told otherwise, and the flag that tells it may not stand when the
 * cache is read: it would be demanded from whoever reads it.
 */
const compiler = `
const { readFileSync, writeFileSync } = require('node:fs')
const { Script, constants } = require('node:vm')
const { setFlagsFromString } = require('node:v8')
const file = process.argv[1]
setFlagsFromString('--no-lazy')
const script = new Script(readFileSync(file, 'utf8'), {
  filename: file,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
})
setFlagsFromString('--lazy')
writeFileSync(file + '.cache', script.createCachedData())
process.stdout.write(process.versions.v8 + '\\n')
`

/** Either the version of V8 that the code belongs to, or what Node.js said. */
export type CodeCacheResult = { readonly v8: string } | { readonly problem: string }

/**
 * Writes `SCRIPT.cache` beside the classic script `script` without running it.
 *
 * @throws ServiceError `RUNTIME_NOT_FOUND` without Node.js.
 */
export async function writeCodeCache(script: string): Promise<CodeCacheResult> {
  const { command, args } = runtimeCommand('node')
  const output: string[] = []
  const errors: string[] = []
  const node = await spawnProcess({
    command,
    args: [...args, '--input-type=commonjs', '--eval', compiler, script],
    // Flags of this command's own Node.js would become those that the code demands.
    env: { ...processEnvironment, NODE_OPTIONS: undefined },
    onStdout: (line) => output.push(line),
    onStderr: (line) => errors.push(line.slice(0, 200)),
  })
  const { code } = await node.exited
  const [v8] = output
  if (code === 0 && v8 !== undefined) return { v8 }
  return { problem: errors.find((line) => line.includes('Error')) ?? errors.at(-1) ?? `it ended with ${code}` }
}
