/** Folders: what is in them, and making them. Errors are the system's, with its `code`, such as `EACCES`. */
import { access, mkdir, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Whether there is a file or folder of that name which we may see. */
export async function pathExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Makes the folder and those above it; nothing happens if it is there. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
}

/** Names of what is directly in the folder, sorted. */
export async function listFolder(path: string): Promise<string[]> {
  return (await readdir(path)).sort()
}

/** Paths, relative to `root` and sorted, of all files below it. */
export async function listFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}
