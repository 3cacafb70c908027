/** Asks a name server of RocketMQ which brokers have told it that they serve: a request that needs no library. */
import { ask } from './converse.ts'

/** GET_BROKER_CLUSTER_INFO. */
const head = Buffer.from(
  '{"code":106,"language":"OTHER","version":455,"opaque":1,"flag":0,"serializeTypeCurrentRPC":"JSON"}',
)
const sizes = Buffer.alloc(8)
sizes.writeInt32BE(4 + head.length, 0)
sizes.writeInt32BE(head.length, 4)

/** What it knows of the cluster. @throws if it closes, or says nothing for a second. */
export async function clusterOf(port: number): Promise<string> {
  const reply = await ask(port, Buffer.concat([sizes, head]), isWhole)
  return reply.toString()
}

/** It begins with its length. */
function isWhole(reply: Buffer): boolean {
  return reply.length >= 4 && reply.length >= 4 + reply.readInt32BE(0)
}
