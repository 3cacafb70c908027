/**
 * Reading what accepted connections send into one array for all of them: Node.js otherwise makes 64 KiB for each read and
 * cuts them down, which costs a fifth of a small request.
 *
 *   accepted `net.Socket` ─▶ given the `onread` of a socket that was made with one ─▶ NodeSocket.received(view of the array)
 *
 * `onread` is an option of `net.Socket` which a server does not pass on. Where a socket keeps it is found out with one that
 * has it; where that cannot be found, accepted sockets read as usual.
 */
import { Socket as NetSocket } from 'node:net'
import { FrontViews } from '../front-views.ts'
import { type OwnedSocket, wrapper } from './node-socket.ts'

/** What one read takes at most, as Node.js has it. */
const readBytes = 64 * 1024

const views = new FrontViews(readBytes)
const shared = views.bytes
const places = findPlaces()

type Members = Record<PropertyKey, unknown>

/** Lets an accepted socket hand what it reads to its wrapper; false if it cannot, and reads as usual. */
export function readsShared(accepted: NetSocket): boolean {
  const members = accepted as unknown as Members
  const handle = members._handle as { useUserBuffer?(buffer: Uint8Array): void } | null | undefined
  if (places === undefined || typeof handle?.useUserBuffer !== 'function') return false
  members[places.buffer] = shared
  members[places.callback] = onRead
  handle.useUserBuffer(shared)
  return true
}

function onRead(this: OwnedSocket, size: number): boolean {
  this[wrapper].received(views.of(size))
  return true
}

function findPlaces(): { buffer: symbol; callback: symbol } | undefined {
  const probe = new NetSocket({ onread: { buffer: shared, callback: onRead as (size: number) => boolean } })
  const members = probe as unknown as Members
  const symbols = Object.getOwnPropertySymbols(probe)
  const buffer = symbols.find((key) => members[key] === shared)
  const callback = symbols.find((key) => members[key] === onRead)
  probe.destroy()
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback }
}
