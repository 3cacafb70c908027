/**
 * A peer is built again only when one of its sources changed.
 *
 *   sources ──hash──▶ same as in the stamp? ──yes──▶ done
 *                            └─no─▶ copy the sources ─▶ build ─▶ write the stamp
 */
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

export interface BuildOnceOptions {
  /** The peer's folder in this repository; its `peer.ts` is no source. */
  from: string
  /** Where the copy is built. Emptied first. */
  to: string
  /** What the result also depends on: a tool's version, say. Default: nothing. */
  salt?: string
  build: (folder: string) => Promise<void>
}

export async function buildOnce({ from, to, salt = '', build }: BuildOnceOptions): Promise<void> {
  const sources = await sourcesIn(from)
  const stamp = await stampOf(from, sources, salt)
  const stampFile = join(to, '.stamp')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { recursive: true })
  for (const source of sources) await cp(join(from, source), join(to, source))
  await build(to)
  // Last: a build that failed half-way must not look like one that is whole.
  await writeFile(stampFile, stamp)
}

async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'peer.ts')
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).includes('node_modules'))
    .sort()
}

async function stampOf(folder: string, sources: readonly string[], salt: string): Promise<string> {
  const hash = createHash('sha256').update(salt)
  for (const source of sources) hash.update(`\0${source}\0`).update(await readFile(join(folder, source)))
  return hash.digest('hex')
}
