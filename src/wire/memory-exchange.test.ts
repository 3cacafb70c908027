import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Exchange, ExchangeHandler } from './exchange.ts'
import { HeaderList } from './headers.ts'
import { exchangeInMemory, type MemoryExchangeOptions, type MemoryRequest } from './memory-exchange.ts'

const none = new HeaderList()

function ask(handler: ExchangeHandler, request: MemoryRequest = {}, options: Partial<MemoryExchangeOptions> = {}) {
  return exchangeInMemory(request, { ...options, handler })
}

/** Status, and code of the problem or body. */
async function outcome(
  handler: ExchangeHandler,
  request: MemoryRequest = {},
  options?: Partial<MemoryExchangeOptions>,
) {
  const answer = await ask(handler, request, options).answer
  const text = await answer.text()
  const isProblem = answer.headers.get('content-type') === 'application/problem+json'
  return `${answer.status} ${isProblem ? (JSON.parse(text) as { code: string }).code : text}`.trim()
}

const echo: ExchangeHandler = async (exchange) => exchange.respond(200, none, await exchange.body.bytes())

const codeOf = async (task: () => unknown): Promise<string> => {
  try {
    await task()
    return 'nothing'
  } catch (error) {
    return (error as ServiceError).code
  }
}

describe('a request in memory', () => {
  it('is seen as if it had been sent', async () => {
    let seen: unknown
    const peer = { address: '192.0.2.1', port: 7 }
    const request: MemoryRequest = {
      method: 'POST',
      target: '/a%20b?x=1&y',
      headers: [
        ['X-Tag', 'one'],
        ['x-tag', 'two'],
      ],
      body: 'grüße',
      peer,
    }
    await ask((exchange) => {
      const text = Buffer.from(exchange.head).toString('latin1')
      const { method, scheme, authority, httpVersion, pathStart, pathEnd, queryStart, queryEnd } = exchange
      seen = {
        line: [method, scheme, authority, httpVersion],
        path: text.slice(pathStart, pathEnd),
        query: text.slice(queryStart, queryEnd),
        tags: exchange.header('x-tag'),
        pairs: exchange.headerPairs(),
        peer: exchange.peer,
        length: exchange.body.length,
        body: Buffer.from(exchange.body.bytes() as Uint8Array).toString(),
      }
      exchange.respond(204, none)
    }, request).answer
    assert.deepEqual(seen, {
      line: ['POST', 'http', 'localhost', '1.1'],
      path: '/a%20b',
      query: 'x=1&y',
      tags: 'one, two',
      pairs: ['x-tag', 'one', 'x-tag', 'two', 'host', 'localhost', 'content-length', '7'],
      peer,
      length: 7,
      body: 'grüße',
    })
  })

  it('may come over https', async () => {
    const answer = await ask((exchange) => exchange.respond(200, none, exchange.scheme), { scheme: 'https' }).answer
    assert.equal(await answer.text(), 'https')
  })

  it('may bring its body in pieces and fields behind it', async () => {
    async function* pieces() {
      yield 'one '
      yield Buffer.from('two')
    }
    const handler: ExchangeHandler = async (exchange) => {
      assert.equal(exchange.body.length, undefined)
      assert.equal(exchange.trailer('checksum'), undefined)
      const body = Buffer.from(await exchange.body.bytes())
      exchange.respond(200, none, `${body} ${exchange.trailer('checksum')}`)
    }
    const request: MemoryRequest = { method: 'POST', body: pieces(), trailers: [['Checksum', '42']] }
    assert.equal(await outcome(handler, request), '200 one two 42')
  })

  const refused: { request: MemoryRequest; expected: string; why: string }[] = [
    { request: { target: '/a b' }, expected: '400 BAD_REQUEST_LINE', why: 'a space in the target' },
    { request: { target: '/ü' }, expected: '400 BAD_TARGET', why: 'a target that is not escaped' },
    { request: { target: '/ HTTP/1.1\r\nHost: a\r\n\r\n' }, expected: '400 BAD_TARGET', why: 'a request in a target' },
    { request: { target: `/${'a'.repeat(8192)}` }, expected: '414 TARGET_TOO_LONG', why: 'a target over 8 KiB' },
    { request: { method: 'G@T' }, expected: '400 BAD_REQUEST_LINE', why: 'a method that is no token' },
    { request: { headers: [['host', 'a b']] }, expected: '400 BAD_HOST', why: 'a host that is none' },
    {
      request: {
        headers: [
          ['host', 'a'],
          ['host', 'b'],
        ],
      },
      expected: '400 BAD_HOST',
      why: 'two hosts',
    },
    {
      request: { headers: Array.from({ length: 101 }, (_, i) => [`x-${i}`, ''] as const) },
      expected: '431 HEAD_TOO_LARGE',
      why: 'over 100 fields',
    },
    { request: { headers: [['x', 'a'.repeat(16_384)]] }, expected: '431 HEAD_TOO_LARGE', why: 'over 16 KiB of fields' },
    {
      request: { headers: [['expect', 'wonders']] },
      expected: '417 EXPECTATION_FAILED',
      why: 'an unknown expectation',
    },
  ]
  for (const { request, expected, why } of refused) {
    it(`is refused for ${why}`, async () => assert.equal(await outcome(echo, request), expected))
  }

  it('cannot hold a field that cannot be sent', () => {
    assert.throws(() => ask(echo, { headers: [['x', 'a\r\nb: c']] }), { code: 'BAD_HEADER' })
  })
})

describe('its body', () => {
  it('is given out without a promise where it is there', async () => {
    await ask(
      (exchange) => {
        assert.equal(exchange.body.bytes() instanceof Promise, false)
        exchange.respond(200, none)
      },
      { body: 'x' },
    ).answer
  })

  const limits: { request: MemoryRequest; expected: string; why: string }[] = [
    { request: { body: 'x'.repeat(10) }, expected: `200 ${'x'.repeat(10)}`, why: 'as large as allowed' },
    { request: { body: 'x'.repeat(11) }, expected: '413 BODY_TOO_LARGE', why: 'larger than allowed' },
    {
      request: { body: ['x'.repeat(10), 'x'] },
      expected: '413 BODY_TOO_LARGE',
      why: 'larger than allowed, piece by piece',
    },
  ]
  for (const { request, expected, why } of limits) {
    it(`is limited: ${why}`, async () => {
      assert.equal(await outcome(echo, { method: 'POST', ...request }, { limits: { maxBodyBytes: 10 } }), expected)
    })
  }

  it('has a limit that a route may change', async () => {
    const handler: ExchangeHandler = (exchange) => {
      exchange.body.maxBytes = 20
      return echo(exchange)
    }
    const limits = { maxBodyBytes: 10 }
    assert.equal(await outcome(handler, { method: 'POST', body: 'x'.repeat(20) }, { limits }), `200 ${'x'.repeat(20)}`)
  })

  it('can be pulled once', async () => {
    const codes: string[] = []
    await ask(
      async (exchange) => {
        await exchange.body.bytes()
        codes.push(await codeOf(() => exchange.body.bytes()), await codeOf(() => exchange.body.read()))
        exchange.respond(200, none)
      },
      { body: 'x' },
    ).answer
    assert.deepEqual(codes, ['BODY_CONSUMED', 'BODY_CONSUMED'])
  })

  it('must arrive in time', async () => {
    const clock = new ManualClock()
    async function* stalled() {
      yield 'x'
      await new Promise(() => {})
    }
    const pending = outcome(echo, { method: 'POST', body: stalled() }, { clock })
    await clock.advance(30_000)
    assert.equal(await pending, '408 BODY_TIMEOUT')
    assert.equal(clock.pendingTimers, 0)
  })
})

describe('the answer', () => {
  it('has status, fields, length and body', async () => {
    const headers = HeaderList.from([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['content-length', '999'],
      ['connection', 'close'],
    ])
    const answer = await ask((exchange) => exchange.respond(201, headers, 'grün')).answer
    assert.equal(answer.status, 201)
    assert.deepEqual(answer.headers.pairs, ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'content-length', '5'])
    assert.equal(await answer.text(), 'grün')
  })

  for (const [method, status] of [
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ] as const) {
    it(`has no body for ${method} and ${status}`, async () => {
      const answer = await ask((exchange) => exchange.respond(status, none, 'body'), { method }).answer
      assert.equal((await answer.bytes()).length, 0)
      assert.equal(answer.headers.get('content-length'), method === 'HEAD' ? '4' : undefined)
    })
  }

  it('can be read while it is made, and holds its maker back', async () => {
    const made: number[] = []
    const answer = await ask(async (exchange) => {
      const sink = exchange.start(200, none)
      for (let i = 0; i < 8; i++) {
        await sink.write(new Uint8Array(32 * 1024))
        made.push(i)
      }
      sink.end(HeaderList.from([['checksum', '42']]))
    }).answer
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(made, [0, 1])
    assert.equal((await answer.bytes()).length, 8 * 32 * 1024)
    assert.equal(made.length, 8)
    assert.equal(answer.trailers.get('checksum'), '42')
  })

  it('follows what came before it', async () => {
    const answer = await ask((exchange) => {
      exchange.informational(103, HeaderList.from([['link', '</a.css>']]))
      exchange.respond(200, none)
    }).answer
    assert.deepEqual(
      answer.informational.map(({ status, headers }) => [status, headers.get('link')]),
      [[103, '</a.css>']],
    )
  })

  it('is 100 first where the client waits to be asked for the body', async () => {
    const request = { method: 'POST', headers: [['expect', '100-continue']] as const, body: 'x' }
    assert.deepEqual(
      (await ask(echo, request).answer).informational.map(({ status }) => status),
      [100],
    )
    const unread: ExchangeHandler = (exchange) => exchange.respond(200, none)
    assert.deepEqual((await ask(unread, request).answer).informational, [])
  })

  it('keeps to the length that was announced', async () => {
    const codes: string[] = []
    const announce = (write: string): ExchangeHandler => {
      return async (exchange) => {
        const sink = exchange.start(200, none, 3)
        codes.push(await codeOf(() => sink.write(write)), await codeOf(() => sink.end()))
      }
    }
    assert.equal(await (await ask(announce('abc')).answer).text(), 'abc')
    await assert.rejects((await ask(announce('ab')).answer).text(), { code: 'ANSWER_INCOMPLETE' })
    assert.deepEqual(codes, ['nothing', 'nothing', 'nothing', 'BAD_LENGTH'])
    const { answer } = ask((exchange) => void exchange.start(200, none, 3).write('abcd'))
    await assert.rejects((await answer).text(), { code: 'ANSWER_INCOMPLETE' })
  })

  it('is given once', async () => {
    const answer = await ask((exchange) => {
      exchange.respond(200, none, 'first')
      assert.throws(() => exchange.respond(200, none), { code: 'ALREADY_ANSWERED' })
      assert.throws(() => exchange.start(200, none), { code: 'ALREADY_ANSWERED' })
    }).answer
    assert.equal(await answer.text(), 'first')
  })

  const failing: { handler: ExchangeHandler; expected: string; errors: number; why: string }[] = [
    {
      handler: () => {
        throw new Error('secret')
      },
      expected: '500 INTERNAL',
      errors: 1,
      why: 'a throw',
    },
    { handler: () => Promise.reject(new Error('secret')), expected: '500 INTERNAL', errors: 1, why: 'a rejection' },
    { handler: () => {}, expected: '500 NO_ANSWER', errors: 1, why: 'no answer' },
    {
      handler: () => {
        throw new ServiceError('TEAPOT', 'short and stout', { status: 418 })
      },
      expected: '418 TEAPOT',
      errors: 0,
      why: 'an error with a status',
    },
  ]
  for (const { handler, expected, errors, why } of failing) {
    it(`stands for ${why}`, async () => {
      const reported: unknown[] = []
      assert.equal(await outcome(handler, {}, { onError: (error) => reported.push(error) }), expected)
      assert.equal(reported.length, errors)
    })
  }

  it('breaks off where the handler fails in the middle', async () => {
    const { answer } = ask(async (exchange) => {
      await exchange.start(200, none).write('abc')
      throw new Error('broken')
    })
    await assert.rejects((await answer).text(), { code: 'ANSWER_INCOMPLETE' })
  })

  it('never comes from an exchange that was aborted', async () => {
    const { answer } = ask((exchange) => exchange.abort(new Error('enough')))
    await assert.rejects(answer, { code: 'ANSWER_INCOMPLETE' })
  })
})

describe('a client that goes away', () => {
  it('cancels the exchange, once', async () => {
    const reasons: string[] = []
    const call = ask((exchange) => {
      exchange.onCancel((reason) => reasons.push((reason as ServiceError).code))
      return new Promise(() => {})
    })
    call.cancel()
    call.cancel()
    assert.deepEqual(reasons, ['CLIENT_GONE'])
    await assert.rejects(call.answer, { code: 'ANSWER_INCOMPLETE' })
  })

  it('makes reading and writing fail', async () => {
    const codes: string[] = []
    const work = Promise.withResolvers<void>()
    const call = ask(
      async (exchange) => {
        codes.push(await codeOf(() => exchange.body.bytes()))
        const sink = exchange.start(200, none)
        codes.push(await codeOf(() => sink.write('x')))
        sink.end()
        work.resolve()
      },
      {
        method: 'POST',
        body: (async function* () {
          await new Promise(() => {})
          yield ''
        })(),
      },
    )
    call.cancel()
    await work.promise
    assert.deepEqual(codes, ['CLIENT_GONE', 'CLIENT_GONE'])
  })

  it('wakes up who waits for it to read, also by leaving the loop', async () => {
    const woken = Promise.withResolvers<string>()
    const answer = await ask(async (exchange) => {
      const sink = exchange.start(200, none)
      woken.resolve(
        await codeOf(async () => {
          for (;;) await sink.write(new Uint8Array(100_000))
        }),
      )
    }).answer
    for await (const piece of answer.body) {
      assert.ok(piece.length > 0)
      break
    }
    assert.equal(await woken.promise, 'CLIENT_GONE')
  })

  it('cancels nothing that was answered', async () => {
    let isCancelled = false
    const call = ask(async (exchange) => {
      exchange.onCancel(() => {
        isCancelled = true
      })
      exchange.respond(200, none, 'x')
    })
    call.cancel()
    assert.equal(await (await call.answer).text(), 'x')
    assert.equal(isCancelled, false)
  })
})

describe('an exchange that is over', () => {
  it('gives nothing out any more', async () => {
    let kept: Exchange | undefined
    await ask((exchange) => {
      kept = exchange
      exchange.respond(200, none)
    }).answer
    for (const use of [
      () => kept?.header('host'),
      () => kept?.headerPairs(),
      () => kept?.body,
      () => kept?.authority,
    ]) {
      assert.throws(use, { code: 'EXCHANGE_OVER' })
    }
    assert.equal(kept?.head.length, 0)
  })
})
