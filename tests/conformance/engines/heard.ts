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
  const over = Promise.withResolvers<Heard['end']>()
  let quiet = setTimeout(() => over.resolve('open'), quietMs)
  const socket = await connect({
    port,
    state: undefined,
    handlers: {
      data(_, piece) {
        text += Buffer.from(piece).toString('latin1')
        clearTimeout(quiet)
        quiet = setTimeout(() => over.resolve('open'), quietMs)
      },
      peerEnd: () => over.resolve('closed'),
      close: (_, error) => over.resolve(error === undefined ? 'closed' : 'reset'),
    },
  })
  socket.write(bytes)
  if (halfCloses) socket.end()
  const end = await over.promise
  clearTimeout(quiet)
  socket.destroy()
  return { text, statuses: statusesIn(text), end }
}

function statusesIn(text: string): number[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), (match) => Number(match[1]))
}
