import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { z } from 'zod'
import { defineApi, get, post } from '../api/define-api.ts'
import { Context } from '../foundation/context/context.ts'
import { breaker } from '../resilience/breaker.ts'
import { requestPriority, requestTenant } from '../resilience/caller.ts'
import type { Fault } from '../resilience/fault/fault.ts'
import { Faults } from '../resilience/fault/faults.ts'
import { currentFaults } from '../resilience/fault/faulty-calls.ts'
import { retry } from '../resilience/retry.ts'
import { RetryBudget } from '../resilience/retry-budget.ts'
import { timeout } from '../resilience/timeout.ts'
import { Registry } from '../telemetry/registry.ts'
import { memoryLogger } from '../testing/memory-logger.ts'
import { type ClientOptions, client, upstreamOf } from './client.ts'
import { failed, ok, type RawRequest, type RawServer, startRawServer } from './raw-server.fixture.ts'

const api = defineApi({
  find: get('/things/:id', { responses: { 200: z.object({ id: z.string() }), 503: null } }),
  place: post('/things', { body: z.object({ id: z.string() }), responses: { 200: z.object({ id: z.string() }) } }),
})
const thing = ok('{"id":"a"}')
const opened: { close(): unknown }[] = []

after(async () => {
  for (const each of opened) await each.close()
})

async function server(answer: (request: RawRequest, count: number) => string | undefined): Promise<RawServer> {
  let count = 0
  const started = await startRawServer((request) => {
    const text = answer(request, ++count)
    if (text !== undefined) request.socket.write(text)
  })
  opened.push(started)
  return started
}

function things(options: ClientOptions) {
  const made = client(api, options)
  opened.push(upstreamOf(made))
  return made
}

const id = { params: { id: 'a' } }

function overloaded(more: string): string {
  const body = '{"code":"OVERLOADED"}'
  return `HTTP/1.1 503 Busy\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`
}

describe('policies of a client', () => {
  it('repeat what is idempotent and fails in passing, by default', async () => {
    const { url } = await server((_, count) => (count === 1 ? failed(503) : thing))
    assert.deepEqual(await things({ url }).find(id), { id: 'a' })
  })

  it('do not repeat a POST that reached a server', async () => {
    let calls = 0
    const { url } = await server(() => {
      calls++
      return failed(503)
    })
    await assert.rejects(things({ url }).place({ body: { id: 'a' } }), { code: 'UPSTREAM_FAILED', status: 503 })
    assert.equal(calls, 1)
  })

  it('repeat a POST with an idempotency key', async () => {
    const { url } = await server((_, count) => (count === 1 ? failed(503) : thing))
    const placed = await things({ url }).place({ body: { id: 'a' } }, { headers: { 'Idempotency-Key': 'k1' } })
    assert.deepEqual(placed, { id: 'a' })
  })

  it('send a POST elsewhere when nobody listens at the first address', async () => {
    const gone = await server(() => undefined)
    await gone.close()
    const { url } = await server(() => thing)
    const placing = things({ url: [gone.url, url] })
    for (let call = 0; call < 5; call++) assert.deepEqual(await placing.place({ body: { id: 'a' } }), { id: 'a' })
  })

  it('count a declared 503 as failure, and raw gives it all the same', async () => {
    let calls = 0
    const { url } = await server(() => {
      calls++
      return failed(503)
    })
    const answer = await things({ url }).find.raw(id)
    assert.deepEqual([answer.status, answer.body, calls], [503, undefined, 3])
  })

  it('do not repeat a call that Retry-After puts off beyond the deadline', async () => {
    const { url } = await server((_, count) => (count === 1 ? failed(429, 'retry-after: 60\r\n') : thing))
    await assert.rejects(things({ url }).find(id), { status: 429, details: { retryAfterMs: 60_000 } })
  })

  const answers = [
    { answer: failed(503), calls: 3, why: 'a failure that may pass' },
    { answer: failed(503, 'x-should-retry: false\r\n'), calls: 1, why: 'it was repeated further on, and given up' },
    { answer: overloaded('x-should-retry: true\r\n'), calls: 3, why: 'it was turned away' },
  ]
  for (const { answer, calls, why } of answers) {
    it(`ask ${calls} times for a GET: ${why}`, async () => {
      let asked = 0
      const { url } = await server(() => {
        asked++
        return answer
      })
      await assert.rejects(things({ url }).find(id), { status: 503 })
      assert.equal(asked, calls)
    })
  }

  const turnedAway = [
    { more: 'x-should-retry: true\r\n', calls: 3, why: 'nothing was done for it' },
    { more: '', calls: 1, why: 'somebody further on was overloaded, when half of it was done perhaps' },
  ]
  for (const { more, calls, why } of turnedAway) {
    it(`ask ${calls} times for a POST that is answered OVERLOADED: ${why}`, async () => {
      let asked = 0
      const { url } = await server(() => {
        asked++
        return overloaded(more)
      })
      await assert.rejects(things({ url }).place({ body: { id: 'a' } }), { code: 'OVERLOADED' })
      assert.equal(asked, calls)
    })
  }

  it('are those that are given, and their key is the operation', async () => {
    const { url } = await server(() => failed(500))
    const own = breaker({ minCalls: 2, failureRatio: 0.5 })
    const asking = things({ url, policies: [retry({ attempts: 1 }), own, timeout({ timeoutMs: 500 })] })
    for (let call = 0; call < 2; call++) await assert.rejects(asking.find(id), { status: 500 })
    await assert.rejects(asking.find(id), { code: 'BREAKER_OPEN' })
    assert.deepEqual(
      own.states().map(({ key, state }) => [key, state]),
      [['find', 'open']],
    )
    await assert.rejects(asking.place({ body: { id: 'a' } }), { status: 500 })
  })

  it('give each attempt its own time with timeout(), so that a silent server costs one attempt', async () => {
    const { url } = await server((_, count) => (count === 1 ? undefined : thing))
    const asking = things({ url, policies: [retry({ baseDelayMs: 1 }), timeout({ timeoutMs: 50 })] })
    assert.deepEqual(await asking.find(id), { id: 'a' })
  })

  it('stand outside of injected faults', async () => {
    const { url } = await server(() => thing)
    const struck: string[] = []
    const faults = new Faults({ onStrike: (_, { upstream }) => struck.push(upstream ?? '') })
    const fault: Fault = {
      effect: { kind: 'error', code: 'OUT_OF_STOCK', status: 503 },
      target: { side: 'calls', upstream: 'things' },
      share: 0.5,
      seed: 1,
      durationMs: 60_000,
    }
    faults.adopt([{ id: 'f1', fault, leftMs: 60_000 }])
    const asking = things({
      url,
      service: 'things',
      policies: [retry({ attempts: 50, baseDelayMs: 0, budget: new RetryBudget({ reserve: 1_000 }) })],
    })
    try {
      await new Context().set(currentFaults, faults).run(async () => {
        for (let call = 0; call < 20; call++) assert.deepEqual(await asking.find(id), { id: 'a' })
      })
    } finally {
      faults.adopt([])
    }
    assert.ok(struck.length > 0 && struck.every((upstream) => upstream === 'things'), `${struck}`)
  })
})

describe('deadlines out', () => {
  it('tell the server how long the caller waits', async () => {
    let told = ''
    const { url } = await server(({ text }) => {
      told = /x-request-timeout: (.*)\r/.exec(text)?.[1] ?? ''
      return thing
    })
    await new Context({ timeoutMs: 500 }).run(() => things({ url }).find(id))
    assert.match(told, /^(4\d\d|500)ms$/)
  })

  it('go along with the priority and the tenant of the request that is served', async () => {
    let head = ''
    const { url } = await server(({ text }) => {
      head = text
      return thing
    })
    const context = new Context().set(requestPriority, 'high').set(requestTenant, 'acme')
    await context.run(() => things({ url }).find(id))
    assert.match(head, /x-request-priority: high\r\n/)
    assert.match(head, /x-tenant-id: acme\r\n/)
  })

  it('do not start a call whose time is over', async () => {
    let calls = 0
    const { url } = await server(() => {
      calls++
      return thing
    })
    const late = new Context({ timeoutMs: 0 })
    await assert.rejects(
      late.run(() => things({ url }).find(id)),
      { code: 'DEADLINE_EXCEEDED' },
    )
    assert.equal(calls, 0)
  })
})

describe('balancing', () => {
  it('leaves an address alone that does nothing but fail, at most half of all, says so once, and shows it', async () => {
    const bad = [await server(() => failed(500)), await server(() => failed(500))]
    const logged = memoryLogger()
    const asking = things({ url: bad.map(({ url }) => url), service: 'things', policies: [], log: logged.log })
    for (let call = 0; call < 40; call++) await assert.rejects(asking.find(id), { status: 500 })
    const { addresses, upstream } = upstreamOf(asking).view()
    assert.equal(upstream, 'things')
    assert.deepEqual(addresses.map(({ state }) => state).toSorted(), ['ejected', 'usable'])
    assert.equal(logged.records.filter((record) => JSON.stringify(record).includes('left alone')).length, 1)
  })

  it('repeats a call at another address than the one that has just failed', async () => {
    const bad = await server(() => failed(500, 'connection: close\r\n'))
    const good = await server(() => thing)
    const asking = things({ url: [bad.url, good.url], policies: [retry({ isRetryable: () => true, baseDelayMs: 1 })] })
    for (let call = 0; call < 20; call++) assert.deepEqual(await asking.find(id), { id: 'a' })
  })

  it('asks the resolver again, keeps the last addresses while it fails, and follows when they change', async () => {
    const [first, second] = [await server(() => thing), await server(() => thing)]
    let answer: () => string = () => first.url
    const asking = things({ service: 'things', resolver: { resolve: async () => answer() }, refreshMs: 0 })
    await asking.find(id)
    answer = () => {
      throw new Error('the registry is down')
    }
    for (let call = 0; call < 3; call++) await asking.find(id)
    answer = () => second.url
    for (let call = 0; call < 5; call++) await asking.find(id)
    assert.deepEqual(
      upstreamOf(asking)
        .view()
        .addresses.map(({ url }) => url),
      [second.url],
    )
    assert.equal(second.accepted, 1)
  })

  it('spreads over all addresses of a host name', async () => {
    const { port } = await server(() => thing)
    const asking = things({ url: `http://localhost:${port}`, lookUpAll: true })
    assert.deepEqual(await asking.find(id), { id: 'a' })
    const [address] = upstreamOf(asking).view().addresses
    assert.match(address?.url ?? '', /^http:\/\/localhost:\d+ at [\d.:]+$/)
  })
})

describe('metrics of a client', () => {
  it('count calls and attempts by service and operation, and show connections', async () => {
    const { url } = await server((_, count) => (count === 1 ? failed(503) : thing))
    const meter = new Registry()
    const asking = things({ url, service: 'things', meter })
    await asking.find(id)
    const text = JSON.stringify(meter.snapshot())
    for (const name of [
      'client_calls_total',
      'client_attempts_total',
      'client_connections',
      'client_waiting_calls',
      'client_breaker_state',
      'client_breaker_refusing_ratio',
      'resilience_events_total',
    ]) {
      assert.ok(text.includes(name), name)
    }
  })
})
