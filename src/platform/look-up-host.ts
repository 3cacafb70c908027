/** What addresses a host name has, as the system says: its hosts file, then DNS. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { connectError } from './socket-errors.ts'

/**
 * All addresses, in the order in which the system would try them; an address is its own.
 *
 * @throws ServiceError `CONNECT_FAILED` if the name is unknown.
 */
export async function lookUpHost(host: string): Promise<string[]> {
  const { lookup } = await import('node:dns/promises')
  try {
    const found = await lookup(host, { all: true })
    return [...new Set(found.map(({ address }) => address))]
  } catch (cause) {
    throw cause instanceof ServiceError ? cause : connectError({ host }, cause)
  }
}
