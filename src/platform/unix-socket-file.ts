/** The file of a Unix socket outlives a process that was killed; whoever comes next must replace it, but not a live one. */
import { lstat, unlink } from 'node:fs/promises'
import type { connect } from './connect.ts'
import { addressInUse, systemCode } from './socket-errors.ts'

/**
 * Removes `path` if it is a socket that nobody listens on.
 *
 * @throws ServiceError `ADDRESS_IN_USE` if somebody does, or if the file is something else.
 */
export async function removeStaleSocket(path: string, connectTo: typeof connect): Promise<void> {
  if (!(await isSocket(path)) || (await isAlive(path, connectTo))) throw addressInUse({ path })
  await unlink(path).catch(() => undefined)
}

async function isSocket(path: string): Promise<boolean> {
  const entry = await lstat(path).catch(() => undefined)
  return entry === undefined || entry.isSocket()
}

async function isAlive(path: string, connectTo: typeof connect): Promise<boolean> {
  try {
    const socket = await connectTo({ path, state: undefined, handlers: { data() {} } })
    socket.destroy()
    return true
  } catch (error) {
    // Only a refusal proves that nobody is there; a full queue or a missing right does not.
    const cause = error instanceof Error ? error.cause : undefined
    return systemCode(cause) !== 'ECONNREFUSED' && systemCode(cause) !== 'ENOENT'
  }
}
