import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { createApp } from '../app.ts'
import { encodeEvent } from './event-stream.ts'
import { toJson } from './serializers.ts'
import { ServerSentEvent } from './server-sent-event.ts'

interface Problem {
  readonly code: string
  readonly detail: string
  readonly [member: string]: unknown
}

const problemOf = async (answer: Response) => (await answer.json()) as Problem

describe('encodeEvent', () => {
  const rows: { item: unknown; expected: string; why: string }[] = [
    { item: { a: 1 }, expected: 'data: {"a":1}\n\n', why: 'values are JSON' },
    { item: 'hi', expected: 'data: hi\n\n', why: 'a string is itself' },
    { item: 'a\nb\r\nc\rd', expected: 'data: a\ndata: b\ndata: c\ndata: d\n\n', why: 'a line break ends a field' },
    { item: '', expected: 'data: \n\n', why: 'empty data is data' },
    {
      item: new ServerSentEvent(7, { id: '1', event: 'tick', retryMs: 500 }),
      expected: 'id: 1\nevent: tick\nretry: 500\ndata: 7\n\n',
      why: 'name, id and delay stand in fields of their own',
    },
  ]
  for (const { item, expected, why } of rows) {
    it(`writes ${JSON.stringify(expected)}: ${why}`, () => assert.equal(encodeEvent(item, toJson), expected))
  }

  const refused = [{ id: 'a\nb' }, { event: 'a\rb' }, { id: 'a\0' }]
  for (const options of refused) {
    it(`refuses ${JSON.stringify(options)}: it would begin another field`, () => {
      assert.throws(() => encodeEvent(new ServerSentEvent(1, options), toJson), { code: 'BAD_EVENT' })
    })
  }
})

describe('a stream of events', () => {
  it('is what a generator yields, where the route declares a stream', async () => {
    const app = createApp()
    app.get('/events', { stream: z.object({ seq: z.number() }) }, async function* () {
      yield { seq: 1, secret: 'x' }
      yield new ServerSentEvent({ seq: 2 }, { id: '2' })
    })
    const answer = await app.request('/events')
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    assert.equal(answer.headers.get('cache-control'), 'no-cache')
    assert.equal(await answer.text(), 'data: {"seq":1}\n\nid: 2\ndata: {"seq":2}\n\n')
  })

  it('can be started by c.sse(), with the id that the client saw last', async () => {
    const app = createApp()
    app.get('/events', (c) => c.sse([`after ${c.raw.header('last-event-id')}`]))
    const answer = await app.request('/events', { headers: { 'last-event-id': '41' } })
    assert.equal(await answer.text(), 'data: after 41\n\n')
  })

  it('has its head before its first event', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const app = createApp()
    app.get('/events', (c) =>
      c.sse(
        (async function* () {
          await promise
          yield 'first'
        })(),
      ),
    )
    const answer = await app.request('/events')
    assert.equal(answer.status, 200)
    resolve()
    assert.equal(await answer.text(), 'data: first\n\n')
  })

  it('sends a comment when it was quiet for long', async () => {
    const clock = new ManualClock()
    const { promise, resolve } = Promise.withResolvers<void>()
    const app = createApp({ clock })
    app.get('/events', (c) =>
      c.sse(
        (async function* () {
          await promise
          yield 'late'
        })(),
        { heartbeatMs: 1_000 },
      ),
    )
    const answer = await app.request('/events')
    const reader = answer.body?.getReader()
    const decoder = new TextDecoder()
    const read = async () => decoder.decode((await reader?.read())?.value)
    for (let beat = 0; beat < 2; beat++) {
      const next = read()
      await new Promise((done) => setImmediate(done))
      await clock.advance(1_000)
      assert.equal(await next, ':\n\n')
    }
    resolve()
    assert.equal(await read(), 'data: late\n\n')
    assert.equal((await reader?.read())?.done, true)
    assert.equal(clock.pendingTimers, 0)
  })

  it('ends its source at once when the client leaves', async () => {
    const trail: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const app = createApp()
    app.get('/events', (c) => {
      c.signal.addEventListener('abort', () => trail.push('aborted'))
      return c.sse({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<IteratorResult<string>>(() => {}),
          return: async () => {
            trail.push('returned')
            resolve()
            return { done: true, value: undefined }
          },
        }),
      })
    })
    const answer = await app.request('/events')
    await answer.body?.cancel()
    await promise
    assert.deepEqual(trail.sort(), ['aborted', 'returned'])
  })

  it('breaks off when its source fails', async () => {
    const app = createApp()
    app.get('/events', (c) =>
      c.sse(
        (async function* () {
          yield 1
          throw new Error('broken')
        })(),
      ),
    )
    const answer = await app.request('/events')
    await assert.rejects(answer.text())
  })
})

describe('a stream of bytes', () => {
  it('is still an error answer when it fails before its first piece', async () => {
    const app = createApp()
    app.get('/x', (c) =>
      c.stream(
        // biome-ignore lint/correctness/useYield: it fails before
        (async function* () {
          throw new Error('broken')
        })(),
      ),
    )
    assert.equal((await app.request('/x')).status, 500)
  })

  it('is not read for HEAD, and ended', async () => {
    const trail: string[] = []
    const source = new ReadableStream<Uint8Array>(
      {
        pull: () => {
          trail.push('pulled')
        },
        cancel: () => {
          trail.push('cancelled')
        },
      },
      { highWaterMark: 0 },
    )
    const app = createApp()
    app.get('/x', (c) => c.stream(source, { contentType: 'text/x', length: 5 }))
    const answer = await app.request('/x', { method: 'HEAD' })
    assert.equal(answer.headers.get('content-length'), '5')
    assert.equal(answer.headers.get('content-type'), 'text/x')
    await new Promise((done) => setImmediate(done))
    assert.deepEqual(trail, ['cancelled'])
  })

  it('refuses pieces that are neither text nor bytes', async () => {
    const app = createApp()
    app.get('/x', (c) => c.stream([7 as unknown as string]))
    const answer = await app.request('/x')
    assert.equal((await problemOf(answer)).code, 'BAD_PIECE')
  })
})
