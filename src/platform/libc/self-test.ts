/**
 * Whether sockets of the C library work here: they listen, accept, echo a little and a lot, and wake up from rest, on the
 * loopback interface, before anybody depends on them.
 */
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { connect } from '../connect.ts'
import type { Listener } from '../listen.ts'
import type { Socket, SocketHandlers } from '../socket.ts'
import { listen } from './listen.ts'

/** More than any buffer between the two ends, so that both queues and the waiting for room are used. */
const largeBytes = 1024 * 1024
/** Longer than the loop stays awake without anything to do. */
const restMs = 5
const patienceMs = 5_000

/** Why they cannot be used, in words for an operator; undefined if they can. */
export async function libcProblem(): Promise<string | undefined> {
  let listener: Listener | undefined
  try {
    listener = await listen({ handlers: echo })
    await Promise.race([exchange(listener.port), patience()])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it threw no error'
  } finally {
    await listener?.close()
  }
}

const echo: SocketHandlers<undefined> = {
  data(socket, bytes) {
    if (!socket.write(Uint8Array.from(bytes))) socket.pause()
  },
  drained: (socket) => socket.resume(),
  peerEnd: (socket) => socket.end(),
}

interface Received {
  bytes: number
  isWhole: boolean
  expected: Buffer
  arrived: () => void
  failed: (error: Error) => void
}

async function exchange(port: number): Promise<void> {
  const received: Received = { bytes: 0, isWhole: true, expected: Buffer.alloc(0), arrived() {}, failed() {} }
  const client = await connect({ port, state: received, handlers: collecting })
  try {
    await askFor(client, pattern(100))
    await systemClock.sleep(restMs)
    await askFor(client, pattern(100))
    await askFor(client, pattern(largeBytes))
  } finally {
    client.destroy()
  }
}

function askFor(client: Socket<Received>, expected: Buffer): Promise<void> {
  const { state } = client
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  Object.assign(state, { bytes: 0, isWhole: true, expected, arrived: resolve, failed: reject })
  client.write(expected)
  return promise
}

const collecting: SocketHandlers<Received> = {
  data({ state }, bytes) {
    const { expected } = state
    state.isWhole &&= expected.subarray(state.bytes, state.bytes + bytes.length).equals(bytes)
    state.bytes += bytes.length
    if (!state.isWhole) state.failed(new Error('what came back is not what was sent'))
    else if (state.bytes === expected.length) state.arrived()
  },
  close: ({ state }, error) => state.failed(error ?? new Error('the connection was closed')),
}

const period = Uint8Array.from({ length: 251 }, (_, index) => index)

function pattern(byteCount: number): Buffer {
  return Buffer.alloc(byteCount, period)
}

async function patience(): Promise<never> {
  await systemClock.sleep(patienceMs)
  throw new Error(`nothing came back within ${patienceMs} ms`)
}
