/** A `net.BoundSocket` is bound and nothing more; the first worker that listens on it makes it a listening socket for all. */
import { lookup } from 'node:dns/promises'
import * as net from 'node:net'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ReservedListener, ReserveOptions } from '../reserve-listener.ts'
import { defaultHost } from '../socket-defaults.ts'
import { listenError } from '../socket-errors.ts'

export function canInheritListener(): boolean {
  return typeof net.BoundSocket === 'function'
}

export async function reserveListener({ host = defaultHost, port = 0 }: ReserveOptions): Promise<ReservedListener> {
  if (!canInheritListener()) throw notSupported()
  try {
    const { address: numeric } = await lookup(host)
    const bound = new net.BoundSocket({ host: numeric, port })
    const { address, port: taken } = bound.address()
    return { fd: bound.fd(), host: address, port: taken, close: () => bound.close() }
  } catch (error) {
    throw listenError({ host, port }, error)
  }
}

function notSupported(): ServiceError {
  return new ServiceError(
    'NOT_SUPPORTED',
    `Node.js ${process.versions.node} cannot hold a listening socket for its workers: expected 26.4 or 24.21 at least.`,
  )
}
