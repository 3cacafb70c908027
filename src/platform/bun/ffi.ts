/** The C library through `bun:ffi`. Written against Bun 1.4.5, where an address is a number. */
import type { Address, CFunctions, CLibrary } from '../libc/c-library.ts'
import { EPOLLIN } from '../libc/constants.ts'
import { cLibraryNames } from './c-library-names.ts'
import { EpollHook } from './epoll-hook.ts'

type CType = 'i32' | 'u64_fast' | 'i64_fast' | 'ptr'

interface Signature {
  readonly args: readonly CType[]
  readonly returns: CType
}

type Callable = (...args: (number | null)[]) => number

interface BunFfi {
  dlopen(name: string, symbols: Readonly<Record<string, Signature>>): { symbols: Record<string, Callable> }
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer
}

const calling = (...args: CType[]): Signature => ({ args, returns: 'i32' })

const signatures = {
  socket: calling('i32', 'i32', 'i32'),
  bind: calling('i32', 'ptr', 'i32'),
  listen: calling('i32', 'i32'),
  accept4: calling('i32', 'ptr', 'ptr', 'i32'),
  getsockname: calling('i32', 'ptr', 'ptr'),
  getsockopt: calling('i32', 'i32', 'i32', 'ptr', 'ptr'),
  setsockopt: calling('i32', 'i32', 'i32', 'ptr', 'i32'),
  fcntl: calling('i32', 'i32', 'i32'),
  shutdown: calling('i32', 'i32'),
  close: calling('i32'),
  recv: calling('i32', 'ptr', 'u64_fast', 'i32'),
  send: calling('i32', 'ptr', 'u64_fast', 'i32'),
  epoll_create1: calling('i32'),
  epoll_ctl: calling('i32', 'i32', 'i32', 'ptr'),
  epoll_wait: calling('i32', 'ptr', 'i32', 'i32'),
} satisfies Record<keyof CFunctions, Signature>

const others = {
  mmap: { args: ['ptr', 'u64_fast', 'i32', 'i32', 'i32', 'i64_fast'], returns: 'ptr' },
  __errno_location: { args: [], returns: 'ptr' },
} satisfies Record<string, Signature>

const PROT_READ_WRITE = 3
const MAP_PRIVATE_ANONYMOUS = 0x22

/** @throws where there is no FFI, or another C library. */
export function openCLibrary(): CLibrary {
  const ffi = process.getBuiltinModule('bun:ffi') as BunFfi | undefined
  if (ffi === undefined) throw new Error('this Bun has no bun:ffi')
  const symbols = openSymbols(ffi)
  const { mmap, __errno_location: errnoLocation } = symbols as Record<keyof typeof others, Callable>
  const calls = symbols as unknown as CFunctions
  const map = (byteCount: number): number =>
    mapped(mmap(null, byteCount, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0))
  const view = (address: Address, byteCount: number): ArrayBuffer => ffi.toArrayBuffer(address as number, 0, byteCount)
  const errno = new Int32Array(view(errnoLocation(), 4))
  return {
    calls,
    map,
    at: (address, offset) => (address as number) + offset,
    view,
    errno: () => errno[0] as number,
    hook(epoll, turn) {
      const event = map(4_096)
      new DataView(view(event, 4)).setInt32(0, EPOLLIN, true)
      return new EpollHook({ epoll, turn, calls, event })
    },
  }
}

function openSymbols(ffi: BunFfi): Record<string, Callable> {
  let failure: unknown
  for (const name of cLibraryNames()) {
    try {
      return ffi.dlopen(name, { ...signatures, ...others }).symbols
    } catch (error) {
      // Another C library than this one; the next name may be right.
      failure = error
    }
  }
  throw failure
}

function mapped(address: number): number {
  // MAP_FAILED is -1, whatever that is as an address.
  if (!(address > 0 && address < 2 ** 48)) throw new Error('the system gives no memory')
  return address
}
