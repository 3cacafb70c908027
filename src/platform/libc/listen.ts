/**
 * Accepting connections through the C library: TCP and Unix sockets, on Linux, where the runtime's FFI is at hand.
 *
 *   listeningSocket ─▶ readable ─▶ accept4, a few in a turn ─▶ LibcSocket ─▶ open
 *                                     └─ no descriptors left ─▶ deaf for a while, because they would be told of at once again
 */
import { unlink } from 'node:fs/promises'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Listener, ListenOptions } from '../listen.ts'
import type { SocketHandlers } from '../socket.ts'
import { listenError, systemCode } from '../socket-errors.ts'
import { EAGAIN, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPOLLIN, SOCK_CLOEXEC, SOCK_NONBLOCK } from './constants.ts'
import type { EpollLoop, Pollable } from './epoll-loop.ts'
import { LibcSocket } from './libc-socket.ts'
import { type ListenAddress, listeningSocket, readBoundAddress } from './listening-socket.ts'
import { addressBytes } from './native-memory.ts'
import { readAddress } from './socket-address.ts'
import type { SocketShare } from './socket-share.ts'
import { socketShare } from './thread-share.ts'

/** Connections taken in a turn: few, so that those who wait for an answer do not wait for a flood of newcomers. */
const maxAccepts = 32
/** How long to accept nothing when there are no descriptors left. */
const deafMs = 100

/** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`; `NOT_SUPPORTED` with TLS, or where there is no FFI. */
export async function listen<State>(options: ListenOptions<State>): Promise<Listener> {
  if (options.tls !== undefined) throw noTlsHere()
  const share = await socketShare()
  const fd = await bind(share.loop, options)
  return new LibcListener(fd, share, options)
}

async function bind(loop: EpollLoop, address: ListenAddress): Promise<number> {
  try {
    return await listeningSocket(loop, address)
  } catch (error) {
    if (address.path === undefined || systemCode(error) !== 'EADDRINUSE') throw listenError(address, error)
  }
  const { removeStaleSocket } = await import('../unix-socket-file.ts')
  const { connect } = await import('../connect.ts')
  await removeStaleSocket(address.path, connect)
  return listeningSocket(loop, address).catch((error: unknown) => {
    throw listenError(address, error)
  })
}

class LibcListener<State> implements Listener, Pollable {
  readonly host: string
  readonly port: number
  readonly path: string | undefined
  readonly fd: number
  generation = 0
  readonly #share: SocketShare
  readonly #handlers: SocketHandlers<State>
  #isClosed = false

  constructor(fd: number, share: SocketShare, { path, handlers }: ListenOptions<State>) {
    this.fd = fd
    this.path = path
    this.#share = share
    this.#handlers = handlers
    readBoundAddress(share.loop, fd)
    const { address, port } = readAddress(share.loop.memory.addressView)
    this.host = address
    this.port = port
    share.loop.add(this, EPOLLIN)
  }

  ready(): void {
    for (let accepted = 0; accepted < maxAccepts && !this.#isClosed; accepted++) {
      if (!this.#accept()) return
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { loop } = this.#share
    // Workers have the same socket, so closing alone would leave it in our epoll instance.
    loop.silence(this)
    loop.remove(this)
    loop.calls.close(this.fd)
    if (this.path !== undefined) await unlink(this.path).catch(() => undefined)
  }

  reloadTls(): void {
    throw new ServiceError('NO_TLS', 'This listener has no TLS, so there is nothing to reload: give `tls` to listen().')
  }

  /** Whether there may be more. */
  #accept(): boolean {
    const { calls, memory, library } = this.#share.loop
    memory.setLength(addressBytes)
    const fd = calls.accept4(this.fd, memory.address, memory.length, SOCK_NONBLOCK | SOCK_CLOEXEC)
    if (fd < 0) return this.#acceptFailed(library.errno())
    const peer = readAddress(memory.addressView)
    new LibcSocket({ fd, peer, share: this.#share, handlers: this.#handlers, state: undefined as State }).open()
    return true
  }

  #acceptFailed(errno: number): boolean {
    if (errno === EAGAIN) return false
    if (errno === EMFILE || errno === ENFILE || errno === ENOBUFS || errno === ENOMEM) {
      this.#beDeaf()
      return false
    }
    // That connection is gone already, or a signal came between; the next one may be fine.
    return errno === EINTR || this.#isClosed === false
  }

  #beDeaf(): void {
    const { loop } = this.#share
    loop.change(this, 0)
    systemClock.schedule(deafMs, () => {
      if (!this.#isClosed) loop.change(this, EPOLLIN)
    })
  }
}

function noTlsHere(): ServiceError {
  return new ServiceError('NOT_SUPPORTED', 'The C library has no TLS: listen with `tls` on the sockets of the runtime.')
}
