/** Asks a Kafka server which brokers of its cluster serve: a request that needs no library. */
import { ask } from './converse.ts'

/** Metadata, version 1 (api key 3), correlation 7, no client id, no topics: the length, then the request. */
const request = Buffer.from('0000000e' + '0003' + '0001' + '00000007' + 'ffff' + '00000000', 'hex')
/** Length, correlation, and the number of brokers. */
const headBytes = 12

/** How many brokers clients may use. @throws if it closes, or says nothing for a second. */
export async function countBrokers(port: number): Promise<number> {
  const reply = await ask(port, request, ({ length }) => length >= headBytes)
  return reply.readInt32BE(headBytes - 4)
}
