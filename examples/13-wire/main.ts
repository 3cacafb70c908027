/**
 * wire: an engine turns connections into exchanges; a bare server needs no router.
 *
 *   GET /anything → 200 you asked for /anything
 */

import { HeaderList, socketsEngine } from 'genever/wire'

const server = await socketsEngine.listen({
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  handler: (exchange) => {
    const path = Buffer.from(exchange.head.subarray(exchange.pathStart, exchange.pathEnd)).toString('latin1')
    exchange.respond(200, new HeaderList().append('content-type', 'text/plain'), `you asked for ${path}`)
  },
})
console.log(`listening on ${server.port}`)

process.on('SIGTERM', () => void server.close().then(() => process.exit(0)))
