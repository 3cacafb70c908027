/**
 * Reading what accepted connections send into one array for all of them: Node.js otherwise makes 64 KiB for each read and
 * cuts them down, which costs a fifth of a small request.
 *
 *   accepted (paused) ─▶ its handle in a `net.Socket` with `onread` ─▶ NodeSocket.received(view of the shared array)
 *
 * `onread` is an option of `net.Socket`, which a server does not pass on; so the handle changes hands before a byte is read.
 * Where the handle has no such thing, the socket reads as usual.
 */
import { Buffer } from 'node:buffer'
import { Socket as NetSocket, type SocketConstructorOpts } from 'node:net'
import type { NodeSocket } from './node-socket.ts'
import { streamOptions } from './stream-options.ts'

interface Accepted {
  _handle: (SocketConstructorOpts['handle'] & { useUserBuffer?: unknown }) | null
}

/** What one read takes at most, as Node.js has it. */
const readBytes = 64 * 1024
/** Views up to this size are kept, because most requests are small and of few sizes. */
const maxKeptBytes = 1024

const shared = Buffer.allocUnsafeSlow(readBytes)
const views: (Buffer | undefined)[] = []

/** Makes a socket of an accepted one, which was paused, and opens it. */
export function readShared<State>(accepted: NetSocket, wrap: (native: NetSocket) => NodeSocket<State>): void {
  const holder = accepted as unknown as Accepted
  const handle = holder._handle
  if (typeof handle?.useUserBuffer !== 'function') {
    wrap(accepted).open()
    accepted.resume()
    return
  }
  let socket: NodeSocket<State> | undefined
  const onread = {
    buffer: shared,
    callback: (size: number) => {
      socket?.received(viewOf(size))
      return true
    },
  }
  const options: SocketConstructorOpts = { ...streamOptions, handle, onread }
  holder._handle = null
  socket = wrap(new NetSocket(options))
  socket.open(false)
}

function viewOf(size: number): Buffer {
  const view = views[size] ?? shared.subarray(0, size)
  if (size <= maxKeptBytes) views[size] = view
  return view
}
