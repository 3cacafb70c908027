/** One request to a server, and a look at what comes back: needs no library. */
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

/** Sends a request of bytes; gives the reply as soon as it is whole. @throws if the server closes, or says nothing for a second. */
export function ask(port: number, request: Buffer, isWhole: (reply: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: loopback, port })
    let reply: Buffer = Buffer.alloc(0)
    const fail = (error: Error): void => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(1_000, () => fail(new Error('no answer')))
    socket.once('error', fail)
    socket.once('close', () => fail(new Error('closed')))
    socket.once('connect', () => socket.write(request))
    socket.on('data', (piece: Buffer) => {
      reply = Buffer.concat([reply, piece])
      if (!isWhole(reply)) return
      resolve(reply)
      socket.destroy()
    })
  })
}
