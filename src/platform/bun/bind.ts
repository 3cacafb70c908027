/**
 * Binding on Bun, where a Unix socket's file may be left of a process that is gone.
 *
 *   attempt ─▶ bound │ occupied: nobody listens on the file? ─▶ remove it, attempt once more
 */
import { listenError, type SocketAddress, systemCode } from '../socket-errors.ts'

/** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`. */
export async function bind<Native>(address: SocketAddress, attempt: () => Native): Promise<Native> {
  try {
    return attempt()
  } catch (error) {
    if (address.path === undefined || systemCode(error) !== 'EADDRINUSE') throw listenError(address, error)
  }
  const { removeStaleSocket } = await import('../unix-socket-file.ts')
  const { connect } = await import('./connect.ts')
  await removeStaleSocket(address.path, connect)
  try {
    return attempt()
  } catch (error) {
    throw listenError(address, error)
  }
}
