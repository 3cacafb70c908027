/** A command that prepares or asks a system, without a terminal. */
import { execFile } from 'node:child_process'
import type { SystemUser } from './system-user.ts'

/** Resolves with its output. @throws with what it said, if it fails. */
export function runCommand(command: string, args: readonly string[], user?: SystemUser): Promise<string> {
  const owner = user === undefined ? {} : { uid: user.uid, gid: user.gid }
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { encoding: 'utf8', cwd: '/', ...owner }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} failed: ${stderr || stdout}`, { cause: error }))
    })
  })
}
