/**
 * FolderWatch: tells of every change below a folder.
 *
 *   watchFolder ─▶ one watch for each folder ──event──▶ onChange(path)
 *                        ▲                      └─ a new folder is watched in turn
 *                        └──────────────────────────┘
 *
 * Each folder is watched by itself, not the whole tree by the system, so that what is skipped costs nothing.
 */
import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join, sep } from 'node:path'

export interface FolderWatchOptions {
  /** Called with the path of what was created, changed or removed; several times for one change. */
  onChange(path: string): void
  /** Folders that are not looked into, by their name; default those that begin with a dot, and `node_modules`. */
  skip?(name: string): boolean
}

/** Bun reports a folder that is removed and made again within a millisecond once, so the second look finds what the first missed. */
const lookAgainMs = 20

/** Watches `root` and all below it; a root that does not exist is watched by nobody. Returns its own unsubscribe. */
export function watchFolder(root: string, { onChange, skip = isForeign }: FolderWatchOptions): () => void {
  const watchers = new Map<string, FSWatcher>()
  let isOver = false

  function add(folder: string): void {
    const names = subfolders(folder)
    if (names === undefined) return
    const watcher = watch(folder, (event, name) => {
      if (name === null) return
      const path = join(folder, name)
      if (event === 'rename' && !skip(name)) replace(path)
      onChange(path)
    })
    // The folder was removed; its parent tells of that.
    watcher.on('error', () => remove(folder))
    watchers.set(folder, watcher)
    for (const name of names) if (!skip(name)) add(join(folder, name))
  }

  /** It came, went, or went and came again: whatever was watched there is not what is there now. */
  function replace(path: string): void {
    remove(path)
    add(path)
    setTimeout(() => lookAgain(path), lookAgainMs).unref()
  }

  function lookAgain(path: string): void {
    if (isOver) return
    remove(path)
    add(path)
    onChange(path)
  }

  function remove(folder: string): void {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(`${folder}${sep}`)) continue
      watcher.close()
      watchers.delete(path)
    }
  }

  add(root)
  return () => {
    isOver = true
    remove(root)
  }
}

function isForeign(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules'
}

/** Undefined for what is no folder, or no longer there. */
function subfolders(path: string): string[] | undefined {
  try {
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch {
    return undefined
  }
}
