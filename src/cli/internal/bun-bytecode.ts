/**
 * BunBytecode: the same bundle compiled ahead for Bun, which then reads and compiles nothing at the start.
 *
 *   NAME.mjs ─▶ enclosed ─▶ bun build --bytecode ─▶ NAME.bun.js, NAME.bun.js.jsc
 *
 * Bun keeps bytecode for CommonJS only. The arguments of such a module's wrapper say where it is; they are read by number,
 * since the bundler fills in their names.
 */
import { dirname, join } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { makeTemporaryFolder, readBytes, writeFileAtomically } from '../../platform/files.ts'
import { spawnProcess } from '../../platform/processes.ts'
import { runtimeCommand } from '../../platform/runtime-command.ts'
import { writeTextFile } from '../../platform/text-file.ts'
import { shownPath } from './bundler.ts'
import { enclosed } from './enclosed.ts'

const meta = `const geneverFile=arguments[3],geneverMeta={get url(){return Bun.pathToFileURL(geneverFile).href},filename:geneverFile,path:geneverFile,dirname:arguments[4],dir:arguments[4],main:require.main===module,resolve:name=>Bun.pathToFileURL(Bun.resolveSync(name,geneverMeta.dirname)).href};`

/**
 * Makes `NAME.bun.js` with its bytecode beside the bundle `file`; gives its path.
 *
 * @throws ServiceError `BYTECODE_FAILED`, `RUNTIME_NOT_FOUND` without Bun.
 */
export async function addBunBytecode(file: string): Promise<string> {
  const work = await makeTemporaryFolder()
  try {
    const name = file.slice(dirname(file).length + 1).replace(/\.mjs$/, '.bun.js')
    await writeTextFile(join(work.path, name), `${meta}${await enclosed(file)}`)
    await compile(join(work.path, name), join(work.path, 'out'), file)
    for (const made of [name, `${name}.jsc`]) {
      await writeFileAtomically(join(dirname(file), made), await readBytes(join(work.path, 'out', made)))
    }
    return join(dirname(file), name)
  } finally {
    await work.remove()
  }
}

async function compile(source: string, folder: string, file: string): Promise<void> {
  const { command, args } = runtimeCommand('bun')
  const words = ['build', source, '--target=bun', '--format=cjs', '--bytecode', '--minify', '--external', '*']
  const lines: string[] = []
  const keep = (line: string): void => void lines.push(line.slice(0, 200))
  const bun = await spawnProcess({
    command,
    args: [...args, ...words, '--outdir', folder],
    onStdout: keep,
    onStderr: keep,
  })
  if ((await bun.exited).code === 0) return
  const reason = lines.find((line) => line.startsWith('error')) ?? lines.at(-1) ?? 'it said nothing'
  throw new ServiceError(
    'BYTECODE_FAILED',
    `Bun cannot compile ${shownPath(file)}: ${reason}. Bytecode needs a bundle that imports nothing at its top: build without --external.`,
  )
}
