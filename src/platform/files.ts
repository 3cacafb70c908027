/** Whole files as bytes, and what is known about a path. Errors are the system's, with its `code`, such as `EACCES`. */
import { mkdtemp, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemCode } from './socket-errors.ts'

export interface PathFacts {
  readonly kind: 'file' | 'folder' | 'other'
  /** In bytes. */
  readonly size: number
  /** Time of the last change, in milliseconds since the Unix epoch. */
  readonly modifiedMs: number
}

/** What the path leads to, symbolic links followed; undefined if there is nothing. */
export async function pathFacts(path: string): Promise<PathFacts | undefined> {
  try {
    const stats = await stat(path)
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
    return { kind, size: stats.size, modifiedMs: stats.mtimeMs }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The path without any symbolic link in it; undefined if it leads nowhere. */
export async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path)
}

/**
 * Replaces the file as a whole: a reader sees the old content or the new, and so does whoever comes after a power
 * failure. `mode` are the permissions of the new file; default 0o666 without what the umask takes away.
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string, mode?: number): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.tmp`
  try {
    await writeDurably(draft, content, mode)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

export interface TemporaryFolder {
  readonly path: string
  /** Removes it with all that is in it. */
  remove(): Promise<void>
}

export async function makeTemporaryFolder(prefix = 'genever-'): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

async function writeDurably(path: string, content: Uint8Array | string, mode?: number): Promise<void> {
  const handle = await open(path, 'wx', mode)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The new name is durable only with the folder that holds it. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
