/** The programs in C: the generator, the limit. Built when they are older than their source. */
import { execFile } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const sources = join(import.meta.dirname, '..')

export interface Programs {
  /** Closed and open loop. */
  readonly load: string
  /** Idle connections. */
  readonly hold: string
  /** Cold start. */
  readonly firstAnswer: string
}

export async function buildPrograms(cache: string): Promise<Programs> {
  const [load, hold, firstAnswer] = await Promise.all([
    buildProgram('generator/load', cache),
    buildProgram('generator/hold', cache),
    buildProgram('generator/first-answer', cache),
  ])
  return { load, hold, firstAnswer }
}

/** Resolves with the program's path. */
export async function buildProgram(name: string, cache: string): Promise<string> {
  const source = join(sources, `${name}.c`)
  const program = join(cache, 'programs', name.replace('/', '-'))
  await mkdir(join(cache, 'programs'), { recursive: true })
  const [written, built] = await Promise.all([modifiedMs(source), modifiedMs(program)])
  if (built > written) return program
  await promisify(execFile)('gcc', ['-O2', '-Wall', '-o', program, source, '-lm']).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot build ${name}.c with gcc and the C library’s headers (Debian: gcc libc6-dev): ${said}`)
  })
  return program
}

async function modifiedMs(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  )
}
