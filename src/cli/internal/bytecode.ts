/**
 * Bytecode: the same bundle compiled ahead for Bun, which then reads and compiles nothing at the start.
 *
 *   NAME.mjs ─▶ one asynchronous function ─▶ bun build --bytecode ─▶ NAME.bun.js, NAME.bun.js.jsc
 *
 * Bun keeps bytecode for CommonJS only, which knows neither `await` at the top nor `import.meta`: the function gives the one,
 * and the arguments of the module's wrapper, the other. They are read by number, since the bundler fills in their names.
 */
import { dirname, join } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { makeTemporaryFolder, readBytes, writeFileAtomically } from '../../platform/files.ts'
import { spawnProcess } from '../../platform/processes.ts'
import { runtimeCommand } from '../../platform/runtime-command.ts'
import { readTextFile, writeTextFile } from '../../platform/text-file.ts'
import { loadBundler, shownPath } from './bundler.ts'

const meta = `const geneverFile=arguments[3],geneverMeta={get url(){return Bun.pathToFileURL(geneverFile).href},filename:geneverFile,path:geneverFile,dirname:arguments[4],dir:arguments[4],main:require.main===module,resolve:name=>Bun.pathToFileURL(Bun.resolveSync(name,geneverMeta.dirname)).href};`

/**
 * Makes `NAME.bun.js` with its bytecode beside the bundle `file`; gives its path.
 *
 * @throws ServiceError `BYTECODE_FAILED`, `RUNTIME_NOT_FOUND` without Bun.
 */
export async function addBytecode(file: string): Promise<string> {
  const { transform } = await loadBundler()
  const text = await readTextFile(file)
  const { code } = await transform(text, { define: { 'import.meta': 'geneverMeta' }, minify: true, target: 'node24' })
  const work = await makeTemporaryFolder()
  try {
    const name = file.slice(dirname(file).length + 1).replace(/\.mjs$/, '.bun.js')
    await writeTextFile(join(work.path, name), `${meta}(async()=>{${withoutExports(code)}\n})()`)
    await compile(join(work.path, name), join(work.path, 'out'), file)
    for (const made of [name, `${name}.jsc`]) {
      await writeFileAtomically(join(dirname(file), made), await readBytes(join(work.path, 'out', made)))
    }
    return join(dirname(file), name)
  } finally {
    await work.remove()
  }
}

/** Nobody imports a bundle. */
function withoutExports(code: string): string {
  return code.replace(/export\{[^{}]*\};?\s*$/, '')
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
