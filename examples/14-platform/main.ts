/**
 * platform: sockets, embedded SQL and a thread, the same on Bun and on Node.js.
 *
 *   prints welcome, ada: guest 1
 *   prints welcome, bob: guest 2
 *   prints the thread found prime number 1000: 7919
 *   ends
 */
import { connect, listen, openSql, startThread } from 'genever/platform'

const guests = openSql(':memory:')
guests.exec('CREATE TABLE guest (name TEXT NOT NULL) STRICT')
const sign = guests.prepare('INSERT INTO guest (name) VALUES (?)')

const listener = await listen({
  handlers: {
    data: (socket, name) => {
      const { lastInsertId } = sign.run([Buffer.from(name).toString()])
      socket.write(`welcome, ${Buffer.from(name)}: guest ${lastInsertId}`)
      socket.end()
    },
  },
})
for (const name of ['ada', 'bob']) console.log(await visit(name))
await listener.close()
guests.close()

const thread = startThread({
  module: new URL('primes.ts', import.meta.url),
  input: 1000,
  onMessage: (prime) => console.log(`the thread found prime number 1000: ${prime}`),
})
await thread.ended

/** What the host answers to who gives this name. */
async function visit(name: string): Promise<string> {
  const answer = Promise.withResolvers<string>()
  const socket = await connect({
    port: listener.port,
    state: undefined,
    handlers: { data: (_socket, bytes) => answer.resolve(Buffer.from(bytes).toString()) },
  })
  socket.write(name)
  socket.end()
  return answer.promise
}
