/**
 * CLibrary: the few functions of the C library that sockets need, called from JavaScript through the runtime's FFI, and the
 * memory that both sides see.
 *
 * Functions have the names and arguments of their manual pages. They return what C returns: -1 says that `errno()` tells why.
 * An address outside of memory that was mapped here, or a length beyond it, ends the process or worse: nothing but the files
 * of this folder may call it.
 */

/** A place in native memory: a number on Bun, a bigint on Node.js. */
export type Address = number | bigint

export interface CLibrary {
  readonly calls: CFunctions
  /** Takes zeroed memory from the system. It is never given back, so that no address into it ever becomes invalid. */
  map(byteCount: number): Address
  at(address: Address, offset: number): Address
  /** The memory itself, not a copy of it. */
  view(address: Address, byteCount: number): ArrayBuffer
  /** Why the last call failed; valid until the next one. */
  errno(): number
  /** Calls `turn` from the event loop whenever the epoll instance may have something to tell. */
  hook(epoll: number, turn: Turn): LoopHook
}

/** Takes what has happened, a bounded share of it, and says whether there was anything. */
export type Turn = () => boolean

/** While it runs, it keeps the process alive. Both may be called at any time, again and again. */
export interface LoopHook {
  start(): void
  stop(): void
}

/** Lengths are far below 2³¹, so what C calls `size_t` and `ssize_t` fits into 32 bits. */
export interface CFunctions {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Address, length: number): number
  listen(fd: number, backlog: number): number
  accept4(fd: number, address: Address, length: Address, flags: number): number
  getsockname(fd: number, address: Address, length: Address): number
  getsockopt(fd: number, level: number, name: number, value: Address, length: Address): number
  setsockopt(fd: number, level: number, name: number, value: Address, length: number): number
  /** Of the many forms it has, the ones with a number for the last argument. */
  fcntl(fd: number, command: number, value: number): number
  shutdown(fd: number, how: number): number
  close(fd: number): number
  recv(fd: number, to: Address, length: number, flags: number): number
  send(fd: number, from: Address, length: number, flags: number): number
  epoll_create1(flags: number): number
  epoll_ctl(epoll: number, operation: number, fd: number, event: Address): number
  epoll_wait(epoll: number, events: Address, maxEvents: number, timeoutMs: number): number
}
