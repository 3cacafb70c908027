/** A listening socket: made and bound, or inherited; with the options that the connections it accepts inherit from it. */
import type { ListenOptions } from '../listen.ts'
import { defaultBacklog, defaultHost, keepAliveDelayMs } from '../socket-defaults.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  F_GETFL,
  F_SETFL,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  O_NONBLOCK,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPIDLE,
  TCP_NODELAY,
} from './constants.ts'
import type { EpollLoop } from './epoll-loop.ts'
import { addressBytes } from './native-memory.ts'
import { maxPathBytes, writeIpAddress, writePath } from './socket-address.ts'

export type ListenAddress = Pick<ListenOptions, 'host' | 'port' | 'path' | 'fd' | 'sharedPort' | 'backlog'>

/** @throws an error with a system code; nothing is left open then. */
export async function listeningSocket(loop: EpollLoop, address: ListenAddress): Promise<number> {
  const { fd: inherited, path, backlog = defaultBacklog } = address
  if (inherited !== undefined) return started(loop, nonBlocking(loop, inherited), backlog, true)
  if (path !== undefined) return started(loop, bindPath(loop, path), backlog, false)
  return started(loop, await bindPort(loop, address), backlog, true)
}

/** Whoever made it may have left it blocking, and accepting would then wait with everything else. */
function nonBlocking(loop: EpollLoop, fd: number): number {
  const flags = loop.calls.fcntl(fd, F_GETFL, 0)
  if (flags < 0 || loop.calls.fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) throw loop.failure('fcntl')
  return fd
}

function bindPath(loop: EpollLoop, path: string): number {
  if (Buffer.byteLength(path) > maxPathBytes) throw tooLong(path)
  return bound(loop, AF_UNIX, {}, () => writePath(loop.memory.addressView, path))
}

async function bindPort(loop: EpollLoop, { host = defaultHost, port = 0, sharedPort }: ListenAddress): Promise<number> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw noPort(port)
  const { lookup } = await import('node:dns/promises')
  const { address, family } = await lookup(host)
  const domain = family === 6 ? AF_INET6 : AF_INET
  return bound(loop, domain, { sharedPort }, () => writeIpAddress(loop.memory.addressView, address, port))
}

interface BindOptions {
  sharedPort?: boolean | undefined
}

function bound(loop: EpollLoop, domain: number, { sharedPort }: BindOptions, writeAddress: () => number): number {
  const { calls, memory } = loop
  const fd = calls.socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) throw loop.failure('socket')
  // A port whose last connections still wait for their end is free all the same.
  setOption(loop, fd, SOL_SOCKET, SO_REUSEADDR, 1)
  if (sharedPort) setOption(loop, fd, SOL_SOCKET, SO_REUSEPORT, 1)
  if (domain === AF_INET6) setOption(loop, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
  if (calls.bind(fd, memory.address, writeAddress()) < 0) throw closing(loop, fd, loop.failure('bind'))
  return fd
}

function started(loop: EpollLoop, fd: number, backlog: number, isTcp: boolean): number {
  if (isTcp) {
    setOption(loop, fd, IPPROTO_TCP, TCP_NODELAY, 1)
    setOption(loop, fd, SOL_SOCKET, SO_KEEPALIVE, 1)
    setOption(loop, fd, IPPROTO_TCP, TCP_KEEPIDLE, keepAliveDelayMs / 1_000)
  }
  if (loop.calls.listen(fd, backlog) < 0) throw closing(loop, fd, loop.failure('listen'))
  return fd
}

function setOption(loop: EpollLoop, fd: number, level: number, name: number, value: number): void {
  loop.memory.setOption(value)
  loop.calls.setsockopt(fd, level, name, loop.memory.option, 4)
}

function closing(loop: EpollLoop, fd: number, error: Error): Error {
  loop.calls.close(fd)
  return error
}

/** Fills the address's bytes in. */
export function readBoundAddress(loop: EpollLoop, fd: number): void {
  loop.memory.addressView.fill(0)
  loop.memory.setLength(addressBytes)
  loop.calls.getsockname(fd, loop.memory.address, loop.memory.length)
}

function tooLong(path: string): Error {
  return new RangeError(
    `the path of a Unix socket has at most ${maxPathBytes} bytes; this one has ${Buffer.byteLength(path)}`,
  )
}

function noPort(port: number): Error {
  return new RangeError(`a port is a whole number from 0 to 65535, not ${port}`)
}
