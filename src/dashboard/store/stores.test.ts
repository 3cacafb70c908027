import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import type { TraceSummary } from '../contract/traces.ts'
import type { LogRow } from '../otlp/log-records.ts'
import type { MetricPoint } from '../otlp/metric-points.ts'
import { spansFrom } from '../otlp/spans.ts'
import { idOf, type TestSpan, traceRequest } from '../otlp.fixture.ts'
import { BlockFile } from './block-file.ts'
import { LogStore } from './log-store.ts'
import { MetricStore } from './metric-store.ts'
import { openStore } from './open-store.ts'
import { SpanStore } from './span-store.ts'
import { TermFilter } from './term-filter.ts'
import { compareTraces, traceView } from './trace-tree.ts'

const startMs = Date.UTC(2026, 10, 28)
const megabyte = 1024 * 1024
const limits = { maxBytes: megabyte, maxAgeMs: 3_600_000 }

async function spanStore(maxBytes = megabyte) {
  const clock = new ManualClock(startMs)
  const sql = await openStore(':memory:')
  const blocks = new BlockFile(sql, 'span_blocks', { ...limits, maxBytes })
  const settled: { trace: string; fresh: number; summary: TraceSummary }[] = []
  const store = new SpanStore({
    blocks,
    clock,
    onSettled: (spans, fresh, summary) =>
      settled.push({ trace: spans[0]?.traceId ?? '', fresh: fresh.length, summary }),
  })
  const add = (trace: string, spans: readonly TestSpan[], atMs = clock.now()): void =>
    store.add(spansFrom(traceRequest(trace, atMs, spans)).rows)
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 250) {
      await clock.advance(250)
      store.tick()
    }
  }
  return { clock, blocks, store, settled, add, pass }
}

const root: TestSpan = { service: 'a', name: 'GET /', id: 'root', to: 10 }
const child: TestSpan = { service: 'b', name: 'GET /b', id: 'child', parent: 'root', from: 2, to: 8 }

describe('SpanStore', () => {
  it('settles a whole trace after a quiet second, and one that lacks its top after six', async () => {
    const { store, settled, add, pass } = await spanStore()
    add('whole', [root, child])
    add('half', [child])
    await pass(1_250)
    assert.deepEqual(
      settled.map(({ trace }) => trace),
      [idOf('whole', 32)],
    )
    await pass(1_750)
    assert.equal(settled[1]?.trace, idOf('half', 32), 'three seconds for one that hangs below a stranger')
    assert.equal(settled[1]?.summary.isComplete, false)
    assert.equal(store.spans, 3)
  })

  it('tells late spans of a settled trace once, with those that were known', async () => {
    const { settled, add, pass } = await spanStore()
    add('late', [root])
    await pass(2_000)
    add('late', [child, root])
    await pass(2_000)
    assert.deepEqual(
      settled.map(({ fresh, summary }) => [fresh, summary.spans]),
      [
        [1, 1],
        [1, 2],
      ],
    )
  })

  it('finds a trace in memory, in a block, and in pieces in both', async () => {
    const { store, blocks, add, pass } = await spanStore()
    add('pieces', [root])
    await pass(12_000)
    assert.equal(blocks.items, 1)
    assert.equal((await store.find(idOf('pieces', 32)))?.spans.length, 1)
    add('pieces', [child])
    const found = await store.find(idOf('pieces', 32))
    assert.deepEqual(found?.spans.map(({ name }) => name).sort(), ['GET /', 'GET /b'])
    assert.equal(await store.find(idOf('other', 32)), undefined)
  })

  it('gives back from a block what was put in, to the microsecond', async () => {
    const { store, add, pass } = await spanStore()
    const attributes = { 'http.route': '/', size: 7 }
    add('exact', [{ ...root, isError: true, attributes, from: 0.123, to: 4.567 }, child], startMs + 0.5)
    const before = await store.find(idOf('exact', 32))
    await pass(12_000)
    const after = await store.find(idOf('exact', 32))
    assert.deepEqual(
      after?.spans.toSorted((a, b) => a.startMs - b.startMs),
      before?.spans.toSorted((a, b) => a.startMs - b.startMs),
    )
  })

  for (const sort of ['latest', 'longest'] as const) {
    it(`pages through blocks and memory, ${sort} first, without gap or repetition`, async () => {
      const { store, add, pass } = await spanStore()
      const expected: { id: string; key: number }[] = []
      for (let at = 0; at < 60; at++) {
        const to = 1 + ((at * 37) % 60)
        add(`t${at}`, [{ ...root, to }], startMs + at * 1_000)
        expected.push({ id: idOf(`t${at}`, 32), key: sort === 'latest' ? at : to })
        if (at % 20 === 10) await pass(12_000)
      }
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await store.search({ sort, limit: 7, cursor })
        seen.push(...page.traces.map(({ traceId }) => traceId))
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
      assert.deepEqual(
        seen,
        expected.toSorted((a, b) => b.key - a.key).map(({ id }) => id),
      )
    })
  }

  it('opens only blocks that may hold what is asked', async () => {
    const { store, blocks, add, pass } = await spanStore()
    for (let at = 0; at < 5; at++) {
      add(`t${at}`, [{ ...root, service: `service-${at}` }])
      await pass(12_000)
    }
    let opened = 0
    const read = blocks.read.bind(blocks)
    blocks.read = (id) => {
      opened++
      return read(id)
    }
    const { traces } = await store.search({ service: 'service-3' })
    assert.equal(traces.length, 1)
    assert.ok(opened <= 2, `${opened} of 5 were opened`)
  })

  it('keeps its size, dropping the oldest, and its age', async () => {
    const { clock, store, blocks, add, pass } = await spanStore(20_000)
    for (let at = 0; at < 60; at++) {
      const noise = Array.from({ length: 200 }, () => Math.random().toString(36)).join('')
      add(`t${at}`, [{ ...root, attributes: { noise } }])
      await pass(12_000)
      assert.ok(blocks.bytes <= 20_000, `${blocks.bytes} bytes`)
    }
    assert.equal(await store.find(idOf('t0', 32)), undefined)
    assert.equal((await store.find(idOf('t59', 32)))?.spans.length, 1)
    blocks.forgetBefore(clock.now() + 2 * 3_600_000)
    assert.deepEqual([blocks.items, blocks.bytes], [0, 0])
  })

  it('bounds what is open, and what one trace may hold', async () => {
    const { store, blocks, add } = await spanStore(64 * megabyte)
    for (let at = 0; at < 7; at++) {
      add(
        `t${at}`,
        Array.from({ length: 10_000 }, (_, i) => ({ ...child, id: `${i}` })),
      )
    }
    assert.ok(blocks.items > 0, 'what is beyond 60,000 spans is written at once')
    add('t6', [{ ...child, id: 'more' }])
    assert.equal(store.dropped, 1)
  })
})

describe('openStore', () => {
  const file = join(tmpdir(), `genever-store-${process.pid}.db`)
  after(() => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  })

  it('begins anew where the file is no database', async () => {
    writeFileSync(file, 'this is no database, but long enough to be taken for one '.repeat(100))
    const sql = await openStore(file)
    assert.equal(new BlockFile(sql, 'log_blocks', limits).items, 0)
    sql.close()
  })

  it('keeps what was written, and is for one at a time', async () => {
    const clock = new ManualClock(startMs)
    const sql = await openStore(file)
    const logs = new LogStore({ blocks: new BlockFile(sql, 'log_blocks', limits), clock })
    logs.add([row('kept')])
    logs.flush()
    await assert.rejects(openStore(file), { code: 'STORE_IN_USE' })
    sql.close()
    const again = await openStore(file)
    const kept = new LogStore({ blocks: new BlockFile(again, 'log_blocks', limits), clock })
    kept.add([row('new')])
    assert.deepEqual(
      (await kept.search({})).records.map(({ id, message }) => [id, message]),
      [
        [2, 'new'],
        [1, 'kept'],
      ],
    )
    again.close()
  })
})

const row = (message: string, more: Partial<LogRow> = {}): LogRow => ({
  ...{
    atMs: startMs,
    service: 'a',
    level: 'info',
    message,
    attributes: {},
    traceId: null,
    spanId: null,
    source: 'otlp',
  },
  ...more,
})

describe('LogStore', () => {
  it('pages through blocks and memory, the latest first', async () => {
    const clock = new ManualClock(startMs)
    const logs = new LogStore({ blocks: new BlockFile(await openStore(':memory:'), 'log_blocks', limits), clock })
    for (let at = 1; at <= 25; at++) {
      logs.add([row(`line ${at}`, { level: at % 5 === 0 ? 'error' : 'info' })])
      if (at % 10 === 0) logs.flush()
    }
    const ids: number[] = []
    let cursor: string | undefined
    do {
      const page = await logs.search({ limit: 4, cursor })
      ids.push(...page.records.map(({ id }) => id))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    assert.deepEqual(
      ids,
      Array.from({ length: 25 }, (_, at) => 25 - at),
    )
    assert.deepEqual(
      (await logs.search({ level: 'warn' })).records.map(({ id }) => id),
      [25, 20, 15, 10, 5],
    )
    assert.deepEqual(
      (await logs.search({ text: 'LINE 1', limit: 2 })).records.map(({ message }) => message),
      ['line 19', 'line 18'],
    )
    assert.deepEqual(
      logs.after(18, 3).map(({ id }) => id),
      [23, 24, 25],
    )
  })
})

describe('MetricStore', () => {
  const point = (atMs: number, value: MetricPoint['value'], more: Partial<MetricPoint> = {}): MetricPoint => ({
    ...{
      service: 'a',
      instance: '1',
      name: 'm',
      kind: 'counter',
      description: '',
      unit: '',
      isDelta: false,
      attributes: {},
    },
    ...{ atMs, value },
    ...more,
  })
  const range = (store: MetricStore, aggregate?: 'rate' | 'avg' | 'p50' | 'value') =>
    store.range('m', { fromMs: startMs, toMs: startMs + 40_000, stepMs: 10_000, aggregate }, startMs)

  const histogram = (counts: number[], sum: number): MetricPoint['value'] => ({
    ...{ count: counts.reduce((total, count) => total + count, 0), sum },
    ...{ bounds: [10, 20], counts },
  })

  const rows: {
    kind: MetricPoint['kind']
    points: [number, MetricPoint['value']][]
    aggregate?: 'rate' | 'avg' | 'p50'
    values: (number | null)[]
    why: string
  }[] = [
    {
      kind: 'counter',
      points: [
        [1, 0],
        [11, 50],
        [21, 100],
      ],
      values: [null, 5, 5, null],
      why: 'what is added in each step, per second',
    },
    {
      kind: 'counter',
      points: [
        [1, 90],
        [11, 100],
        [21, 30],
      ],
      values: [null, 1, 3, null],
      why: 'a process that began anew counts from 0',
    },
    {
      kind: 'gauge',
      points: [
        [1, 7],
        [5, 9],
        [31, 3],
      ],
      values: [9, null, null, 3],
      why: 'the last one of each step, and nothing in between',
    },
    {
      kind: 'histogram',
      points: [
        [1, histogram([0, 0, 0], 0)],
        [11, histogram([0, 4, 0], 60)],
      ],
      aggregate: 'p50',
      values: [null, 15, null, null],
      why: 'the middle of the bucket that holds it',
    },
    {
      kind: 'histogram',
      points: [
        [1, histogram([0, 0, 0], 0)],
        [11, histogram([0, 4, 0], 60)],
      ],
      aggregate: 'avg',
      values: [null, 15, null, null],
      why: 'sum by count',
    },
    {
      kind: 'histogram',
      points: [
        [1, histogram([0, 0, 0], 0)],
        [11, histogram([0, 0, 2], 60)],
      ],
      aggregate: 'p50',
      values: [null, 20, null, null],
      why: 'beyond the last bound nothing more is known',
    },
  ]
  for (const { kind, points, aggregate, values, why } of rows) {
    it(`draws a ${kind} as ${JSON.stringify(values)}: ${why}`, () => {
      const store = new MetricStore()
      store.add(points.map(([second, value]) => point(startMs + second * 1_000, value, { kind })))
      assert.deepEqual(range(store, aggregate)?.series[0]?.values, values)
    })
  }

  it('adds deltas up, and instances by an attribute', () => {
    const store = new MetricStore()
    for (const instance of ['1', '2']) {
      for (const second of [1, 11, 21])
        store.add([point(startMs + second * 1_000, 10, { isDelta: true, instance, attributes: { code: '200' } })])
    }
    const view = store.range('m', { fromMs: startMs, toMs: startMs + 30_000, stepMs: 10_000, by: 'code' }, startMs)
    assert.deepEqual(
      view?.series.map(({ labels, values }) => [labels, values]),
      [[{ code: '200' }, [null, 2, 2]]],
    )
  })

  it('refuses a name with two meanings, and more series than it can hold', () => {
    const store = new MetricStore()
    store.add([point(startMs, 1), point(startMs, 1, { kind: 'gauge' })])
    assert.equal(store.rejected, 1)
    store.add(Array.from({ length: 5_000 }, (_, at) => point(startMs, 1, { attributes: { id: at } })))
    assert.deepEqual([store.series, store.rejected], [5_000, 2])
  })

  it('forgets after two hours', () => {
    const store = new MetricStore()
    store.add([point(startMs, 1)])
    store.forgetBefore(startMs + 2 * 3_600_000 + 1)
    assert.deepEqual([store.series, store.points, store.bytes], [0, 0, 0])
  })
})

describe('TermFilter', () => {
  it('knows all that was added, and opens few blocks in vain', () => {
    const terms = new Set(Array.from({ length: 3_000 }, (_, at) => `order=${at}`))
    const filter = TermFilter.of(terms)
    for (const term of terms) assert.ok(filter.mayHold(term))
    const wrong = Array.from({ length: 10_000 }, (_, at) => `user=${at}`).filter((term) => filter.mayHold(term)).length
    assert.ok(wrong < 300, `${wrong} of 10,000`)
  })
})

describe('a trace as a tree', () => {
  const rowsOf = (spans: readonly TestSpan[]) => spansFrom(traceRequest('tree', startMs, spans)).rows

  it('waits for what ended last: siblings beside it do not count', () => {
    const { tree, criticalPath } = traceView(
      rowsOf([
        { ...root, to: 20 },
        { service: 'b', name: 'fast', id: 'fast', parent: 'root', from: 1, to: 9 },
        { service: 'c', name: 'slow', id: 'slow', parent: 'root', from: 2, to: 15 },
      ]),
      0,
    )
    const named = criticalPath.map(({ spanId, durationMs }) => [
      tree.find((span) => span.spanId === spanId)?.name,
      durationMs,
    ])
    assert.deepEqual(named, [
      ['GET /', 2],
      ['slow', 13],
      ['GET /', 5],
    ])
    assert.deepEqual(
      tree.map(({ name, selfMs, isCritical }) => [name, selfMs, isCritical]),
      [
        ['GET /', 6, true],
        ['fast', 8, false],
        ['slow', 13, true],
      ],
    )
  })

  it('does not go round where spans are each other’s parents', () => {
    const { tree } = traceView(
      rowsOf([
        { ...root, id: 'x', parent: 'y' },
        { ...child, id: 'y', parent: 'x' },
      ]),
      0,
    )
    assert.equal(tree.length, 2)
  })

  it('is compared with another one, place by place', () => {
    const { rows } = compareTraces(
      rowsOf([root, child, { ...child, id: 'again', from: 8, to: 9 }]),
      rowsOf([
        { ...root, to: 30 },
        { service: 'c', name: 'new', id: 'n', parent: 'root', to: 5 },
      ]),
    )
    assert.deepEqual(
      rows.map(({ name, depth, left, right, differenceMs }) => [
        name,
        depth,
        left?.spans ?? 0,
        right?.spans ?? 0,
        differenceMs,
      ]),
      [
        ['GET /', 0, 1, 1, 20],
        ['GET /b', 1, 2, 0, -7],
        ['new', 1, 0, 1, 5],
      ],
    )
  })
})
