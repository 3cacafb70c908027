/** RawConnection: what is left of an HTTP/1.1 connection after an upgrade; bytes in, bytes out. */
import type { Socket } from '../../platform/socket.ts'
import type { UpgradedConnection } from '../exchange.ts'

export class RawConnection implements UpgradedConnection {
  readonly early: Uint8Array
  handlers: UpgradedConnection['handlers'] = { data: () => {} }
  readonly #socket: Socket<unknown>

  constructor(socket: Socket<unknown>, early: Uint8Array) {
    this.#socket = socket
    this.early = early
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes)
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  // Events of the socket, passed on.

  received(bytes: Uint8Array): void {
    this.handlers.data(bytes)
  }

  drained(): void {
    this.handlers.drained?.()
  }

  ended(): void {
    this.handlers.end?.()
  }

  closed(error: Error | undefined): void {
    this.handlers.close?.(error)
  }
}
