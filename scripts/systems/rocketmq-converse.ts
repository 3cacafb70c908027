/** Asks a name server of RocketMQ which brokers have told it that they serve: a request that needs no library. */
import { connect } from 'node:net'
import { loopback } from './server-process.ts'

/** GET_BROKER_CLUSTER_INFO. */
const head = Buffer.from(
  '{"code":106,"language":"OTHER","version":455,"opaque":1,"flag":0,"serializeTypeCurrentRPC":"JSON"}',
)
const sizes = Buffer.alloc(8)
sizes.writeInt32BE(4 + head.length, 0)
sizes.writeInt32BE(head.length, 4)

/** What it knows of the cluster. @throws if it closes, or says nothing for a second. */
export function clusterOf(port: number): Promise<string> {
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
    socket.once('connect', () => socket.write(Buffer.concat([sizes, head])))
    socket.on('data', (piece: Buffer) => {
      reply = Buffer.concat([reply, piece])
      if (reply.length < 4 || reply.length < 4 + reply.readInt32BE(0)) return
      resolve(reply.toString())
      socket.destroy()
    })
  })
}
