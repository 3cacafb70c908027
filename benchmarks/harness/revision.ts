/**
 * Another revision of this project, to be measured beside the one at hand.
 *
 *   git worktree add <cache>/revisions/<commit> ──▶ node_modules: links to ours, but `genever` is the revision itself
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const project = join(import.meta.dirname, '..', '..')

/** Resolves with the folder; what it depends on is what is installed here, whatever its own lockfile says. */
export async function checkOutRevision(revision: string, cache: string): Promise<string> {
  const commit = (await git('rev-parse', '--verify', `${revision}^{commit}`)).trim()
  const folder = join(cache, 'revisions', commit)
  if (!existsSync(join(folder, 'src'))) {
    await git('worktree', 'prune')
    await git('worktree', 'add', '--detach', '--force', folder, commit)
  }
  await linkDependencies(folder)
  const server = join(folder, 'benchmarks', 'servers')
  if (!existsSync(server)) {
    await cp(join(project, 'benchmarks', 'servers'), server, { recursive: true })
    await cp(join(project, 'benchmarks', 'scenarios'), join(folder, 'benchmarks', 'scenarios'), { recursive: true })
  }
  return folder
}

/** What stands at `revision`, as people write it: short, and marked when files differ from it. */
export async function describeRevision(): Promise<string> {
  const [commit, changes] = await Promise.all([git('rev-parse', '--short', 'HEAD'), git('status', '--porcelain')])
  return commit.trim() + (changes.trim() === '' ? '' : ' with changes')
}

async function linkDependencies(folder: string): Promise<void> {
  const own = join(project, 'node_modules')
  const modules = join(folder, 'node_modules')
  if (existsSync(modules)) return
  await mkdir(modules)
  for (const name of await readdir(own)) {
    await symlink(name === 'genever' ? folder : join(own, name), join(modules, name))
  }
}

async function git(...args: string[]): Promise<string> {
  return (await promisify(execFile)('git', ['-C', project, ...args])).stdout
}
