import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { spansFrom } from '../otlp/spans.ts'
import { type TestSpan, traceRequest } from '../otlp.fixture.ts'
import { CallStats } from './call-stats.ts'
import { type Arrow, cyclesIn } from './cycles.ts'
import { singlePointsIn } from './single-points.ts'
import { TrafficGraph } from './traffic-graph.ts'

const arrows = (text: string): Arrow[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((pair) => ({ from: pair[0] ?? '', to: pair[1] ?? '' }))

describe('cyclesIn', () => {
  const rows = [
    { calls: 'ab bc', cycles: [], why: 'a chain' },
    { calls: 'ab ac bd cd', cycles: [], why: 'two ways to one place' },
    { calls: 'ab ba', cycles: ['ab'], why: 'two that call each other' },
    { calls: 'aa ab', cycles: ['a'], why: 'one that calls itself' },
    { calls: 'xa ab bc ca cd', cycles: ['abc'], why: 'with a way in and a way out' },
    { calls: 'ab bc cd da ac', cycles: ['acd', 'abcd'], why: 'the shortest way, and one for who is not on it' },
    { calls: 'ab ba cd dc bc', cycles: ['ab', 'cd'], why: 'two of them, one behind the other' },
  ]
  for (const { calls, cycles, why } of rows) {
    it(`finds ${cycles.join(' and ') || 'none'} in ${calls}: ${why}`, () =>
      assert.deepEqual(
        cyclesIn(arrows(calls)).map((cycle) => cycle.join('')),
        cycles,
      ))
  }
})

describe('singlePointsIn', () => {
  const node = (id: string, instances = 1, kind: 'service' | 'database' = 'service') => ({
    id,
    kind,
    label: id,
    instances,
  })
  const caller = { id: 'caller', kind: 'caller' as const, label: 'callers', instances: 0 }
  const entry = { from: 'caller', to: 'a' }

  it('names a service that runs once and through which alone others are reached', () => {
    const found = singlePointsIn([caller, node('a', 2), node('b'), node('c')], [entry, ...arrows('ab bc')])
    assert.deepEqual(found, [{ node: 'b', why: 'c is reached only through b, which runs once' }])
  })

  it('names none where there is another way', () => {
    const edges = [entry, ...arrows('ab ac bd cd')]
    assert.deepEqual(singlePointsIn([caller, node('a', 2), node('b'), node('c'), node('d')], edges), [])
  })

  it('names a database that several services need', () => {
    const nodes = [caller, node('a', 2), node('b', 2), node('d', 0, 'database')]
    const found = singlePointsIn(nodes, [entry, ...arrows('ab ad bd')])
    assert.deepEqual(found, [{ node: 'd', why: 'a and b all need d' }])
  })
})

describe('CallStats', () => {
  it('tells quantiles within a few per cent', () => {
    const stats = new CallStats()
    for (let ms = 1; ms <= 1_000; ms++) stats.add(ms, ms > 990)
    for (const [q, expected] of [
      [0.5, 500],
      [0.9, 900],
      [0.99, 990],
    ] as const) {
      const told = stats.quantile(q) ?? 0
      assert.ok(Math.abs(told - expected) / expected < 0.05, `p${q * 100} is ${told}`)
    }
    assert.equal(stats.errorRatio, 0.01)
  })

  it('adds up to the same as one', () => {
    const [a, b, both] = [new CallStats(), new CallStats(), new CallStats()]
    for (let ms = 1; ms < 100; ms++) {
      const half = ms % 2 === 0 ? a : b
      half.add(ms, false)
      both.add(ms, false)
    }
    a.include(b)
    assert.equal(a.quantile(0.99), both.quantile(0.99))
  })

  it('survives durations that are none', () => {
    const stats = new CallStats()
    for (const ms of [0, 1e-9, 1e12, Number.POSITIVE_INFINITY]) stats.add(ms, false)
    assert.ok(Number.isFinite(stats.quantile(0.99)))
  })
})

describe('TrafficGraph', () => {
  const nowMs = 1_796_000_000_000
  function graphOf(...traces: readonly (readonly TestSpan[])[]): TrafficGraph {
    const graph = new TrafficGraph({ serviceAt: (address) => (address === '127.0.0.1:21000' ? 'users' : undefined) })
    for (const [at, spans] of traces.entries()) {
      const { rows } = spansFrom(traceRequest(`trace ${at}`, nowMs - 5_000, spans))
      graph.add(rows, rows)
    }
    return graph
  }
  const edgesOf = (graph: TrafficGraph) =>
    graph.view(nowMs, 60_000).edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`)

  const server = (service: string, id: string, parent?: string): TestSpan => ({
    ...{ service, name: `GET /${service}`, id },
    ...(parent !== undefined && { parent }),
  })
  const client = (service: string, id: string, parent: string, attributes: TestSpan['attributes'] = {}): TestSpan => ({
    ...{ service, name: 'GET', id, parent, kind: 3, attributes, to: 8 },
  })

  const rows: { spans: readonly TestSpan[]; edges: readonly string[]; why: string }[] = [
    {
      spans: [server('a', '1'), client('a', '2', '1'), server('b', '3', '2')],
      edges: ['caller http service:a', 'service:a http service:b'],
      why: 'a call and its answer are one edge',
    },
    {
      spans: [server('a', '1', 'elsewhere')],
      edges: ['caller http service:a'],
      why: 'whose caller sends nothing here is called from outside',
    },
    {
      spans: [server('a', '1'), client('a', '2', '1', { 'server.address': '127.0.0.1', 'server.port': 21_000 })],
      edges: ['caller http service:a', 'service:a http service:users'],
      why: 'a service that did not answer is known by its address',
    },
    {
      spans: [server('a', '1'), client('a', '2', '1', { 'server.address': 'pay.example', 'server.port': 443 })],
      edges: ['caller http service:a', 'service:a http external:pay.example:443'],
      why: 'somebody outside',
    },
    {
      spans: [server('a', '1'), client('a', '2', '1', { 'db.system.name': 'postgresql', 'db.namespace': 'shop' })],
      edges: ['caller http service:a', 'service:a database database:postgresql/shop'],
      why: 'a database says its system and name',
    },
    {
      spans: [
        {
          service: 'a',
          name: 'send',
          id: '1',
          kind: 4,
          attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
        },
        {
          service: 'b',
          name: 'process',
          id: '2',
          parent: '1',
          kind: 5,
          attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
        },
      ],
      edges: ['service:a messaging messaging:kafka/orders', 'messaging:kafka/orders messaging service:b'],
      why: 'messages go through their broker',
    },
    {
      spans: [server('a', '1'), server('a', '2', '1')],
      edges: ['caller http service:a'],
      why: 'a server inside of a server is one service',
    },
  ]
  for (const { spans, edges, why } of rows) {
    it(`sees ${edges.join(', ')}: ${why}`, () => assert.deepEqual(edgesOf(graphOf(spans)), edges))
  }

  it('flags a cycle of calls, and no loop through a broker', () => {
    const cycle = [
      server('a', '1'),
      client('a', '2', '1'),
      server('b', '3', '2'),
      client('b', '4', '3'),
      server('a', '5', '4'),
    ]
    const { cycles, nodes, edges } = graphOf(cycle).view(nowMs, 60_000)
    assert.deepEqual(cycles, [['service:a', 'service:b']])
    assert.deepEqual(
      nodes.filter(({ isInCycle }) => isInCycle).map(({ id }) => id),
      ['service:a', 'service:b'],
    )
    assert.equal(edges.find(({ from }) => from === 'caller')?.isInCycle, false)
    const attributes = { 'messaging.system': 'kafka', 'messaging.destination.name': 'x' }
    const loop = [
      { service: 'a', name: 'send', id: '1', kind: 4, attributes },
      { service: 'a', name: 'process', id: '2', parent: '1', kind: 5, attributes },
    ]
    assert.deepEqual(graphOf(loop).view(nowMs, 60_000).cycles, [])
  })

  it('calls a database that is a file by the name of the file', () => {
    const asks = client('a', '2', '1', { 'db.system.name': 'sqlite', 'db.namespace': '/var/lib/shop/orders.db' })
    const { nodes } = graphOf([server('a', '1'), asks]).view(nowMs, 60_000)
    assert.deepEqual(
      nodes.filter(({ kind }) => kind === 'database').map(({ id, label }) => [id, label]),
      [['database:sqlite//var/lib/shop/orders.db', 'orders.db']],
    )
  })

  it('shows the trace of a failure where there is one, and forgets what is old', () => {
    const failing = [{ ...server('a', '1'), isError: true }]
    const graph = graphOf([server('a', '1')], failing, [server('a', '1')])
    const [edge] = graph.view(nowMs, 60_000).edges
    assert.equal(edge?.calls, 3)
    assert.equal(edge?.errorRatio, 1 / 3)
    assert.match(Buffer.from(edge?.exampleTraceId ?? '', 'hex').toString('latin1'), /trace 1$/)
    graph.forgetBefore(nowMs + 31 * 60_000)
    assert.deepEqual(graph.view(nowMs, 60_000).edges, [])
  })

  it('has rate, errors and duration of each route', () => {
    const route = {
      ...server('a', '1'),
      to: 40,
      attributes: { 'http.route': '/orders/:id', 'http.request.method': 'GET' },
    }
    const [row] = graphOf([route], [{ ...route, isError: true }]).red(nowMs, { windowMs: 60_000, service: 'a' })
    assert.deepEqual([row?.method, row?.route, row?.requests, row?.errorRatio], ['GET', '/orders/:id', 2, 0.5])
    assert.ok(Math.abs((row?.p50Ms ?? 0) - 40) < 3)
  })
})
