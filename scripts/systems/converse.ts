/** One request to a server that answers in text, and a look at what comes back. */
import { connect } from 'node:net'
import { loopback } from './server-process.ts'

/** Without `isGood` it is enough that somebody listens. @throws if it closes, says an error or nothing for a second. */
export function converse(
  port: number,
  request: string,
  isGood: ((reply: string) => boolean) | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: loopback, port })
    let reply = ''
    const settle = (error?: Error): void => {
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.setTimeout(1_000, () => settle(new Error('no answer')))
    socket.once('error', settle)
    socket.once('close', () => settle(new Error('closed')))
    socket.once('connect', () => (isGood === undefined ? settle() : socket.write(request)))
    socket.on('data', (piece) => {
      reply += piece.toString()
      if (isGood?.(reply)) settle()
      else if (reply.includes('-LOADING') || reply.includes('-ERR') || reply.includes('-WRONGPASS'))
        settle(new Error(reply))
    })
  })
}
