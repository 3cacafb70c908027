/** SystemUser: whom a server runs as that refuses to be root. */
import { chownSync, readFileSync } from 'node:fs'

export interface SystemUser {
  readonly uid: number
  readonly gid: number
}

/** The first of the names that this machine knows; undefined where we are not root, and so run everything as ourselves. */
export function unprivilegedUser(...names: readonly string[]): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of [...names, 'nobody']) {
    const fields = users.find(([login]) => login === name)
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  throw new Error(`None of the users ${names.join(', ')} and nobody exists on this machine.`)
}

export function giveTo({ uid, gid }: SystemUser, path: string): void {
  chownSync(path, uid, gid)
}
