/**
 * NodeCode: the same bundle compiled ahead for Node.js, which then compiles nothing at the start.
 *
 *   NAME.mjs ─▶ enclosed ─▶ V8 compiles every function ─▶ NAME.node.js, NAME.node.js.cache ◀── NAME.node.cjs reads and runs it
 *
 * V8 takes compiled code only from its own version, for the same text and under the same flags that change code. With
 * another Node.js the starter runs `NAME.mjs` instead, so that the wrong version costs time and nothing else.
 *
 * Node.js has a cache of its own (`NODE_COMPILE_CACHE`). It holds what one run happened to call, belongs to one user and
 * wants a folder that can be written; this one is made without running the service and is read wherever it lies.
 */
import { basename, dirname, join } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { writeCodeCache } from '../../platform/code-cache.ts'
import { writeTextFile } from '../../platform/text-file.ts'
import { shownPath } from './bundler.ts'
import { enclosed } from './enclosed.ts'

/**
 * Makes `NAME.node.cjs` beside the bundle `file`, with the code that it starts; gives its path.
 *
 * @throws ServiceError `BYTECODE_FAILED`, `RUNTIME_NOT_FOUND` without Node.js.
 */
export async function addNodeCode(file: string): Promise<string> {
  const name = basename(file, '.mjs')
  const folder = dirname(file)
  const script = join(folder, `${name}.node.js`)
  await writeTextFile(script, `geneverMeta=>${await enclosed(file)}`)
  const made = await writeCodeCache(script)
  if ('problem' in made) throw notCompiled(file, made.problem)
  const starter = join(folder, `${name}.node.cjs`)
  await writeTextFile(starter, starterText(name, made.v8))
  return starter
}

function notCompiled(file: string, problem: string): ServiceError {
  return new ServiceError(
    'BYTECODE_FAILED',
    `Node.js cannot compile ${shownPath(file)}: ${problem}. Compiled code needs a bundle that imports nothing at its top: build without --external.`,
  )
}

/** What `import.meta` was in `NAME.mjs` it is here: files beside the bundle are found from there. */
function starterText(name: string, v8: string): string {
  return `// Runs ${name}.mjs from code that was compiled for V8 ${v8}; made by genever build.
'use strict'
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const bundle = join(__dirname, ${JSON.stringify(`${name}.mjs`)})
const url = pathToFileURL(bundle).href
if (process.versions.v8 !== ${JSON.stringify(v8)}) import(url)
else {
  const { readFileSync } = require('node:fs')
  const { Script, constants } = require('node:vm')
  const filename = join(__dirname, ${JSON.stringify(`${name}.node.js`)})
  const script = new Script(readFileSync(filename, 'utf8'), {
    filename,
    cachedData: readFileSync(filename + '.cache'),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const resolve = (specifier) => pathToFileURL(require.resolve(specifier)).href
  script.runInThisContext()({ url, filename: bundle, dirname: __dirname, main: require.main === module, resolve })
}
`
}
