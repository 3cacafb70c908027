import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Dashboard } from '../dashboard.ts'
import { type TestSpan, traceRequest } from '../otlp.fixture.ts'
import { EventFeed, type NumberedEvent } from './event-feed.ts'

async function take(events: AsyncIterator<NumberedEvent>, count: number): Promise<string[]> {
  const taken: string[] = []
  while (taken.length < count) {
    const { value } = await events.next()
    const { event } = value as NumberedEvent
    taken.push(event.kind === 'gap' ? `gap of ${event.missed}` : event.kind)
  }
  return taken
}

describe('EventFeed', () => {
  const all = { kinds: undefined, afterId: undefined }

  it('gives each reader what comes after it began, and only the kinds it wants', async () => {
    const feed = new EventFeed()
    const { signal } = new AbortController()
    feed.publish({ kind: 'topology' })
    const [one, other] = [feed.read({ ...all, signal }), feed.read({ ...all, kinds: new Set(['logs']), signal })]
    const first = [one.next(), other.next()]
    feed.publish({ kind: 'metrics' })
    feed.publish({ kind: 'logs' })
    const [a, b] = await Promise.all(first)
    assert.deepEqual([a?.value?.id, b?.value?.id], [2, 3])
    await Promise.all([one.return(undefined), other.return(undefined)])
    assert.equal(feed.readers, 0)
  })

  it('goes on behind the last event that a reader saw, and says what is not kept any more', async () => {
    const feed = new EventFeed()
    const { signal } = new AbortController()
    for (let at = 0; at < 1_500; at++) feed.publish({ kind: 'logs' })
    assert.deepEqual(await take(feed.read({ ...all, afterId: 1_498, signal }), 2), ['logs', 'logs'])
    assert.deepEqual(await take(feed.read({ ...all, afterId: 100, signal }), 1), ['gap of 400'])
    assert.deepEqual(
      await take(feed.read({ ...all, afterId: 9_999, signal }), 1),
      ['gap of 1'],
      'an id of an earlier dashboard',
    )
  })

  it('forgets the oldest for a reader that is too slow, and tells it', async () => {
    const feed = new EventFeed()
    const { signal } = new AbortController()
    const reader = feed.read({ ...all, signal })
    const first = reader.next()
    for (let at = 0; at < 3_000; at++) feed.publish({ kind: 'logs' })
    assert.deepEqual((await first).value?.event, { kind: 'gap', missed: 2_000 })
    assert.equal((await reader.next()).value?.id, 2_001)
    await reader.return(undefined)
  })

  it('hints at most once in a second', () => {
    const feed = new EventFeed()
    const seen: number[] = []
    for (const atMs of [0, 100, 999, 1_000, 1_500, 2_000]) {
      feed.hint('topology', atMs)
      seen.push(atMs)
    }
    const missed = feed.read({ ...all, afterId: 0, signal: new AbortController().signal })
    return take(missed, 3).then((kinds) => assert.deepEqual(kinds, ['topology', 'topology', 'topology']))
  })

  it('ends when its reader leaves', async () => {
    const feed = new EventFeed()
    const controller = new AbortController()
    const reader = feed.read({ ...all, signal: controller.signal })
    const next = reader.next()
    controller.abort()
    assert.equal((await next).done, true)
    assert.equal(feed.readers, 0)
  })
})

describe('the streams of a dashboard', () => {
  let dashboard: Dashboard
  before(async () => {
    dashboard = await Dashboard.start({ port: 0 })
  })
  after(() => dashboard.stop())

  /** Reads a stream of events until its text fits. */
  async function readUntil(path: string, pattern: RegExp, headers: Record<string, string> = {}): Promise<string> {
    const controller = new AbortController()
    const answer = await fetch(dashboard.url + path, {
      headers: { authorization: `Bearer ${dashboard.token}`, ...headers },
      signal: controller.signal,
    })
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    let text = ''
    for await (const piece of answer.body ?? []) {
      text += Buffer.from(piece).toString()
      if (pattern.test(text)) break
    }
    controller.abort()
    return text
  }

  const send = (signal: string, body: object): Promise<unknown> =>
    fetch(`${dashboard.url}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((answer) => answer.text())
  const log = (message: string): object => ({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 17, body: { stringValue: message } }] }] }],
  })

  it('tell of each trace when it has settled', async () => {
    const spans: TestSpan[] = [{ service: 'a', name: 'GET /live', id: 'x' }]
    const reading = readUntil('/api/events?kinds=trace', /GET \/live/)
    await send('traces', traceRequest('live', Date.now(), spans))
    assert.match(await reading, /^id: \d+\ndata: \{"kind":"trace","trace":\{"traceId":/)
  })

  it('follow the logs, and resume where a reader was', async () => {
    const reading = readUntil('/api/logs/tail?text=live', /second live line/)
    await send('logs', log('first live line'))
    await send('logs', log('something else'))
    await send('logs', log('second live line'))
    const text = await reading
    assert.doesNotMatch(text, /something else/)
    const id = /id: (\d+)\ndata: [^\n]*first live/.exec(text)?.[1] ?? ''
    const resumed = await readUntil('/api/logs/tail?text=live', /second live line/, { 'last-event-id': id })
    assert.doesNotMatch(resumed, /first live line/)
  })

  it('are open to so many readers, and free again when these leave', async () => {
    const busy = await Dashboard.start({ port: 0 })
    const controllers = Array.from({ length: 64 }, () => new AbortController())
    const headers = { authorization: `Bearer ${busy.token}` }
    const open = (controller: AbortController): Promise<Response> =>
      fetch(`${busy.url}/api/events`, { headers, signal: controller.signal })
    const answers = await Promise.all(controllers.map(open))
    assert.ok(answers.every(({ status }) => status === 200))
    const refused = await fetch(`${busy.url}/api/events`, { headers })
    assert.equal(((await refused.json()) as { code: string }).code, 'TOO_MANY_READERS')
    for (const controller of controllers) controller.abort()
    const controller = new AbortController()
    let status = 503
    // A client that leaves is noticed when something is written to it.
    const more = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(log('more')) }
    for (let attempt = 0; attempt < 200 && status !== 200; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      await fetch(`${busy.url}/v1/logs`, more).then((answer) => answer.text())
      status = (await open(controller)).status
    }
    controller.abort()
    await busy.stop()
    assert.equal(status, 200)
  })
})
