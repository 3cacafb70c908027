import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { Context } from '../../foundation/context/context.ts'
import { createTracer } from '../create-tracer.ts'
import { currentSpan } from '../tracer.ts'
import { HttpSender } from './http-sender.ts'
import { MemorySpans } from './memory-spans.ts'

const body = new TextEncoder().encode('spans')
const never = new AbortController().signal

describe('HttpSender', () => {
  let server: Server
  let url: string
  let respond: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  /** Sockets that requests came on. */
  const sockets = new Set<unknown>()
  const seen: IncomingMessage[] = []

  before(async () => {
    server = createServer((request, response) => {
      sockets.add(request.socket)
      seen.push(request)
      request.resume()
      request.on('end', () => respond(request, response))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces?a=1`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  function fresh(options: { timeoutMs?: number } = {}): HttpSender {
    sockets.clear()
    seen.length = 0
    return new HttpSender({ url, headers: [['api-key', 'secret']], ...options })
  }

  it('posts over one connection, again and again, with its headers and nothing of a trace', async () => {
    respond = (_request, response) => response.writeHead(202, { 'x-answer': 'yes' }).end('taken')
    const sender = fresh()
    const span = createTracer({ sink: new MemorySpans() }).start('request')
    const answers = await new Context()
      .set(currentSpan, span)
      .run(async () => [await sender.send(body, 'text/plain', never), await sender.send(body, 'text/plain', never)])
    sender.close()
    assert.deepEqual(
      answers.map(({ status, header, body: said }) => [status, header('x-answer'), new TextDecoder().decode(said)]),
      [
        [202, 'yes', 'taken'],
        [202, 'yes', 'taken'],
      ],
    )
    assert.equal(sockets.size, 1)
    const [{ url: target, headers } = assert.fail('nothing was sent')] = seen
    assert.equal(target, '/v1/traces?a=1')
    assert.deepEqual(
      [headers['api-key'], headers['content-type'], headers.traceparent],
      ['secret', 'text/plain', undefined],
    )
  })

  it('opens another one when that which was kept has been closed meanwhile', async () => {
    respond = (_request, response) => response.writeHead(200).end()
    const sender = fresh()
    await sender.send(body, 'text/plain', never)
    server.closeIdleConnections()
    assert.equal((await sender.send(body, 'text/plain', never)).status, 200)
    sender.close()
    assert.equal(sockets.size, 2)
  })

  it('gives a receiver that is silent up when its time is over', async () => {
    respond = () => {}
    const sender = fresh({ timeoutMs: 50 })
    await assert.rejects(sender.send(body, 'text/plain', never), { code: 'DEADLINE_EXCEEDED' })
    sender.close()
  })

  it('gives up when it is told to', async () => {
    respond = () => {}
    const sender = fresh()
    const reason = new Error('the exporter is closed')
    await assert.rejects(sender.send(body, 'text/plain', AbortSignal.abort(reason)), reason)
    const controller = new AbortController()
    const sending = sender.send(body, 'text/plain', controller.signal)
    controller.abort(reason)
    await assert.rejects(sending, reason)
    sender.close()
  })

  it('does not read an answer without an end', async () => {
    respond = (_request, response) => response.writeHead(200).end('x'.repeat(200_000))
    const sender = fresh()
    await assert.rejects(sender.send(body, 'text/plain', never), { code: 'RESPONSE_TOO_LARGE' })
    sender.close()
  })

  for (const address of ['', 'collector:4318', 'ftp://collector', 'http://']) {
    it(`refuses '${address}', which is no address of a receiver`, () => {
      assert.throws(() => new HttpSender({ url: address }), { code: 'BAD_URL' })
    })
  }
})
