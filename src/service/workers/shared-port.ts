/**
 * SharedPort: how several workers come to serve one port.
 *
 *   inherited   the supervisor binds it and every worker gets the same listening socket: one accept queue for all
 *   bound       each worker binds it for itself (SO_REUSEPORT): a queue of its own, lost with the worker
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { canInheritListener, reserveListener } from '../../platform/reserve-listener.ts'
import { runtimeName } from '../../platform/runtime.ts'
import type { ServiceSettings } from '../service-settings.ts'

export interface SharedPort {
  /** The listening socket to inherit; undefined where each worker binds for itself. */
  readonly fd: number | undefined
  close(): void
}

const bound: SharedPort = { fd: undefined, close() {} }

/** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`; `PORT_NOT_SHARED` where workers would bind different ports. */
export async function sharePort({ engine, host, port }: ServiceSettings): Promise<SharedPort> {
  // Bun's own server cannot be given a socket.
  const canInherit = (engine !== 'native' || runtimeName === 'node') && (await canInheritListener())
  if (canInherit) return reserveListener({ host, port })
  if (port !== 0) return bound
  throw new ServiceError('PORT_NOT_SHARED', 'Workers that bind for themselves need one port: set PORT to one above 0.')
}
