/** The C library, and libuv's watching of descriptors, through `node:ffi`. Written against Node.js 26.10, where an address is a bigint. */
import { builtinModule } from '../builtin-module.ts'
import type { Address, CFunctions, CLibrary } from '../libc/c-library.ts'
import { EpollHook } from './epoll-hook.ts'

type Ffi = typeof import('node:ffi')

/**
 * Lengths as `uint32` although C says `size_t`: they pass through a register whose upper half is zero for numbers as small
 * as ours, and a `uint64` would need a bigint for each call.
 */
const signatures = {
  socket: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
  bind: { arguments: ['int32', 'pointer', 'uint32'], return: 'int32' },
  listen: { arguments: ['int32', 'int32'], return: 'int32' },
  accept4: { arguments: ['int32', 'pointer', 'pointer', 'int32'], return: 'int32' },
  getsockname: { arguments: ['int32', 'pointer', 'pointer'], return: 'int32' },
  getsockopt: { arguments: ['int32', 'int32', 'int32', 'pointer', 'pointer'], return: 'int32' },
  setsockopt: { arguments: ['int32', 'int32', 'int32', 'pointer', 'uint32'], return: 'int32' },
  fcntl: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
  shutdown: { arguments: ['int32', 'int32'], return: 'int32' },
  close: { arguments: ['int32'], return: 'int32' },
  recv: { arguments: ['int32', 'pointer', 'uint32', 'int32'], return: 'int32' },
  send: { arguments: ['int32', 'pointer', 'uint32', 'int32'], return: 'int32' },
  epoll_create1: { arguments: ['int32'], return: 'int32' },
  epoll_ctl: { arguments: ['int32', 'int32', 'int32', 'pointer'], return: 'int32' },
  epoll_wait: { arguments: ['int32', 'pointer', 'int32', 'int32'], return: 'int32' },
} as const satisfies Record<keyof CFunctions, unknown>

const others = {
  mmap: { arguments: ['pointer', 'uint64', 'int32', 'int32', 'int32', 'int64'], return: 'pointer' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const

const PROT_READ_WRITE = 3
const MAP_PRIVATE_ANONYMOUS = 0x22

/** @throws where there is no FFI, where permissions forbid it, or in a thread. */
export function openCLibrary(): CLibrary {
  const ffi = loadFfi()
  // The Node.js binary has the C library in it, whichever it is, and libuv as well.
  const { functions } = ffi.dlopen(null, { ...signatures, ...others })
  const map = (byteCount: number): bigint =>
    mapped(functions.mmap(0n, BigInt(byteCount), PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0n))
  const view = (address: Address, byteCount: number): ArrayBuffer =>
    ffi.toArrayBuffer(address as bigint, byteCount, false)
  const errno = new Int32Array(view(functions.__errno_location(), 4))
  return {
    calls: functions as unknown as CFunctions,
    map,
    at: (address, offset) => (address as bigint) + BigInt(offset),
    view,
    errno: () => errno[0] as number,
    hook: (epoll, turn) => new EpollHook({ ffi, epoll, turn, handle: map(4_096) }),
  }
}

function loadFfi(): Ffi {
  const ffi = builtinModule('node:ffi')
  if (ffi === undefined) {
    throw new Error(
      `Node.js ${process.versions.node} has no node:ffi; expected 26.6 at least, without --no-experimental-ffi`,
    )
  }
  if (typeof ffi.getCurrentEventLoop !== 'function') {
    throw new Error(`Node.js ${process.versions.node} does not tell its event loop; expected 26.6 at least`)
  }
  // A thread must not end while libuv watches a descriptor for us.
  if (!builtinModule('node:worker_threads').isMainThread) throw new Error('it runs on the main thread only')
  return ffi
}

function mapped(address: bigint): bigint {
  // MAP_FAILED is -1, whatever that is as an address.
  if (address <= 0n || address >= 1n << 56n) throw new Error('the system gives no memory')
  return address
}
