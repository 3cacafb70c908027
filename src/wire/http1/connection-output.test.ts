/** Answers are written into an output that all connections share; here is what must not show of that. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { BodyWriter, Exchange, ExchangeHandler } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { ScriptedClient, settled } from './scripted-client.fixture.ts'

const none = new HeaderList()
const get = (path = '/', fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
const date = 'date: Tue, 01 Jan 2030 00:00:00 GMT\r\n'
const answer = (body: string, fields = '', status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\n${fields}${date}content-length: ${body.length}\r\n\r\n${body}`
const writing = (text: string): BodyWriter => ({ writeTo: (out: ByteWriter) => out.text(text) })

function pathOf({ head, pathStart, pathEnd }: Exchange): string {
  return Buffer.from(head.subarray(pathStart, pathEnd)).toString('latin1')
}

describe('the length of an answer', () => {
  const lengths = [0, 1, 9, 10, 100, 99, 1_000, 9, 12_345, 0, 70_000, 100_000, 5]
  const forms: Record<string, (text: string) => string | Uint8Array | BodyWriter> = {
    text: (text) => text,
    bytes: (text) => Buffer.from(text),
    'a writer': writing,
  }
  for (const [form, bodyOf] of Object.entries(forms)) {
    it(`is right whatever the one before it was: ${form}`, async () => {
      const rest = lengths.slice()
      const client = new ScriptedClient((exchange) => {
        exchange.respond(200, none, bodyOf('x'.repeat(rest.shift() as number)))
      })
      client.send(get().repeat(lengths.length))
      const expected = lengths.map((length) => answer('x'.repeat(length))).join('')
      assert.equal((await client.answers()) === expected, true)
    })
  }
})

describe('a list of headers that is sent again', () => {
  it('is sent as it is now', async () => {
    const headers = new HeaderList().append('x', '1')
    const changes: ((list: HeaderList) => void)[] = [
      () => {},
      () => {},
      () => {},
      (list) => list.set('x', '2'),
      () => {},
      () => {},
      (list) => list.append('y', '3'),
      () => {},
      () => {},
      (list) => list.delete('x'),
      () => {},
      () => {},
      (list) => list.clear(),
    ]
    const expected: string[] = []
    const client = new ScriptedClient((exchange) => {
      changes.shift()?.(headers)
      const lines = headers.pairs.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
      expected.push(answer('b', lines))
      exchange.respond(200, headers, 'b')
    })
    client.send(get().repeat(changes.length))
    assert.equal(await client.answers(), expected.join(''))
  })

  it('may be sent with many statuses', async () => {
    const headers = new HeaderList().append('x', '1')
    const statuses = [200, 201, 200, 202, 203, 404, 500, 200, 204, 200, 201]
    const sent = statuses.slice()
    const client = new ScriptedClient((exchange) => exchange.respond(sent.shift() as number, headers, 'b'))
    client.send(get().repeat(statuses.length))
    const answers = await client.answers()
    assert.deepEqual(
      Array.from(answers.matchAll(/HTTP\/1\.1 (\d+) /g), (match) => Number(match[1])),
      statuses,
    )
    assert.equal(answers.split('x: 1\r\n').length, statuses.length + 1)
  })

  it('has the date of each answer, or its own', async () => {
    const headers = new HeaderList().append('x', '1')
    const own = new HeaderList().append('date', 'then')
    const client = new ScriptedClient((exchange) => exchange.respond(200, pathOf(exchange) === '/own' ? own : headers))
    const seen: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      client.send(get() + get('/own'))
      seen.push(...Array.from((await client.answers()).matchAll(/date: (.*)\r\n/g), (match) => match[1] as string))
      await client.clock.advance(1_000)
    }
    const own4 = [0, 1, 2, 3].flatMap((second) => [`Tue, 01 Jan 2030 00:00:0${second} GMT`, 'then'])
    assert.deepEqual(seen, own4)
  })

  it('closes the connection each time it says so', async () => {
    const headers = new HeaderList().append('connection', 'close')
    for (let turn = 0; turn < 4; turn++) {
      const client = new ScriptedClient((exchange) => exchange.respond(200, headers, 'b'))
      client.send(get().repeat(2))
      assert.equal(await client.answers(), answer('b').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'))
      assert.equal(client.socket.isEnded, true)
    }
  })
})

describe('a writer that throws', () => {
  it('takes nothing from the answers before and behind it, and closes nothing', async () => {
    const closing = new HeaderList().append('connection', 'close')
    const client = new ScriptedClient((exchange) => {
      if (pathOf(exchange) !== '/bad') return exchange.respond(200, none, writing(pathOf(exchange)))
      const half = {
        writeTo(out: ByteWriter) {
          out.text('half'.repeat(10_000))
          throw new Error('cannot be written')
        },
      }
      assert.throws(() => exchange.respond(200, closing, half), /cannot be written/)
      exchange.respond(500, none, 'in its place')
    })
    client.send(get('/1') + get('/bad') + get('/2'))
    const expected = answer('/1') + answer('in its place', '', '500 Internal Server Error') + answer('/2')
    assert.equal(await client.answers(), expected)
    assert.equal(client.socket.writes, 1)
  })
})

describe('an answer that is given while another connection is served', () => {
  function waiting(): { client: ScriptedClient; exchanges: Exchange[] } {
    const exchanges: Exchange[] = []
    const handler: ExchangeHandler = (exchange) => {
      exchanges.push(exchange)
      return new Promise(() => {})
    }
    return { client: new ScriptedClient(handler), exchanges }
  }

  it('reaches its own client, and the other its own', async () => {
    const { client: first, exchanges } = waiting()
    first.send(get())
    const second = new ScriptedClient((exchange) => {
      if (pathOf(exchange) === '/wakes') exchanges[0]?.respond(200, none, 'for the first')
      exchange.respond(200, none, pathOf(exchange))
    })
    second.send(get('/before') + get('/wakes') + get('/behind'))
    assert.equal(await second.answers(), answer('/before') + answer('/wakes') + answer('/behind'))
    assert.equal(await first.answers(), answer('for the first'))
  })

  it('may come in pieces as well', async () => {
    const { client: first, exchanges } = waiting()
    first.send(get())
    const { client: third, exchanges: ofThird } = waiting()
    third.send(get())
    const second = new ScriptedClient((exchange) => {
      const path = pathOf(exchange)
      if (path === '/1') exchanges[0]?.respond(200, none, 'for the first')
      if (path === '/2') void ofThird[0]?.start(200, none, 9).write('for third')
      exchange.respond(200, none, path)
    })
    second.send(get('/1') + get('/2') + get('/3'))
    assert.equal(await second.answers(), answer('/1') + answer('/2') + answer('/3'))
    assert.equal(await first.answers(), answer('for the first'))
    assert.equal(await third.answers(), answer('for third'))
  })

  it('does no harm even from inside a writer', async () => {
    const { client: first, exchanges } = waiting()
    first.send(get())
    const second = new ScriptedClient((exchange) => {
      exchange.respond(200, none, {
        writeTo(out) {
          out.text('its ')
          exchanges.shift()?.respond(200, none, 'for the first')
          out.text('own')
        },
      })
    })
    second.send(get() + get())
    assert.equal(await second.answers(), answer('its own').repeat(2))
    await settled()
    assert.equal(await first.answers(), answer('for the first'))
  })
})
