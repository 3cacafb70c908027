/** Bun accepts from whatever it listens on, so the socket is duplicated and Bun's own listener is stopped at once. */
import type { ReservedListener, ReserveOptions } from '../reserve-listener.ts'
import { defaultHost } from '../socket-defaults.ts'
import { listenError } from '../socket-errors.ts'
import { type BunListenerHandle, bun } from './bun-api.ts'
import { canDuplicateDescriptors, closeDescriptor, duplicateDescriptor } from './descriptor.ts'

export function canInheritListener(): boolean {
  return canDuplicateDescriptors()
}

export function reserveListener(options: ReserveOptions): ReservedListener {
  const listener = bind(options)
  try {
    const bound: { address?: string; port?: number } = {}
    listener.getsockname(bound)
    const fd = duplicateDescriptor(listener.fd)
    return { fd, host: bound.address ?? '', port: bound.port ?? 0, close: () => closeDescriptor(fd) }
  } finally {
    listener.stop()
  }
}

function bind({ host = defaultHost, port = 0 }: ReserveOptions): BunListenerHandle {
  try {
    return bun.listen({ hostname: host, port, reusePort: false, allowHalfOpen: true, socket: { data() {} } })
  } catch (error) {
    throw listenError({ host, port }, error)
  }
}
