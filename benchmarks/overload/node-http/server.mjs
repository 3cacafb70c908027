/** node:http without any protection. */
import { createServer } from 'node:http'

const { burnFor } = await import(process.env.BURN)
const waitMs = Number(process.env.WAIT_MS ?? 0)
const burn = burnFor(Number(process.env.WORK_MS ?? 5))

const send = (response, value) => {
  const body = JSON.stringify(value)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

const server = createServer((request, response) => {
  if (request.url === '/ping') return send(response, { message: 'pong' })
  if (waitMs > 0) return setTimeout(send, waitMs, response, { done: true })
  burn()
  send(response, { done: true })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
