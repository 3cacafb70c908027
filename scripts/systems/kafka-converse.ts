/** Asks a Kafka server which brokers of its cluster serve: a request that needs no library. */
import { connect } from 'node:net'
import { loopback } from './server-process.ts'

/** Metadata, version 1 (api key 3), correlation 7, no client id, no topics: the length, then the request. */
const request = Buffer.from('0000000e' + '0003' + '0001' + '00000007' + 'ffff' + '00000000', 'hex')
/** Length, correlation, and the number of brokers. */
const headBytes = 12

/** How many brokers clients may use. @throws if it closes, or says nothing for a second. */
export function countBrokers(port: number): Promise<number> {
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
      if (reply.length < headBytes) return
      resolve(reply.readInt32BE(headBytes - 4))
      socket.destroy()
    })
  })
}
