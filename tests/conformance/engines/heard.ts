/** What a server says to some bytes: sent in one piece, listened to until it closes or falls silent. */
import { connect } from '../../../src/platform/connect.ts'

export interface Heard {
  /** Everything, one character for each byte. */
  readonly text: string
  /** Statuses in order, interim ones too. */
  readonly statuses: readonly number[]
  /** How the server left the connection. */
  readonly end: 'open' | 'closed' | 'reset'
}

export interface Sending {
  readonly port: number
  /** One character for each byte. */
  readonly bytes: string
  /** Ends our side behind the bytes. */
  readonly halfCloses?: boolean
  /** Silence for so long counts as waiting for more. */
  readonly quietMs?: number
}

export async function hear({ port, bytes, halfCloses = false, quietMs = 300 }: Sending): Promise<Heard> {
  let text = ''
  let end: Heard['end'] = 'open'
  const over = Promise.withResolvers<void>()
  const socket = await connect({
    port,
    state: undefined,
    handlers: {
      data(_, piece) {
        text += Buffer.from(piece).toString('latin1')
      },
      peerEnd() {
        end = 'closed'
        over.resolve()
      },
      close(_, error) {
        end = error === undefined ? 'closed' : 'reset'
        over.resolve()
      },
    },
  })
  socket.write(bytes)
  if (halfCloses) socket.end()
  await Promise.race([over.promise, silence(quietMs, () => text.length)])
  socket.destroy()
  return { text, statuses: statusesIn(text), end }
}

/** Turns of the event loop behind a silence, in which a server in this process must have had its chance. */
const turns = 20

/** Resolves when nothing came for `quietMs`, in which the process was not just too busy to hear it. */
async function silence(quietMs: number, heardLength: () => number): Promise<void> {
  for (let before = -1; before !== heardLength(); ) {
    before = heardLength()
    await new Promise((resolve) => setTimeout(resolve, quietMs))
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

function statusesIn(text: string): number[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), (match) => Number(match[1]))
}
