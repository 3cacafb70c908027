import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { logsRequest, metricsRequest, tracesRequest } from './messages.ts'
import { pointsFrom } from './metric-points.ts'
import { decodeProtobuf } from './protobuf-decoder.ts'
import { spansFrom } from './spans.ts'

/** Numbers that repeat from run to run (mulberry32), so that a failure can be found again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const varint = (value: number | bigint): number[] => {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return [...bytes, Number(rest)]
}
const field = (number: number, wire: number): number[] => varint(number * 8 + wire)
const block = (number: number, bytes: readonly number[]): number[] => [
  ...field(number, 2),
  ...varint(bytes.length),
  ...bytes,
]
const text = (number: number, value: string): number[] => block(number, [...Buffer.from(value)])
const fixed64 = (number: number, value: bigint): number[] => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return [...field(number, 1), ...bytes]
}
const double = (value: number): number[] => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [...bytes]
}

const traceId = Array.from({ length: 16 }, (_, at) => at + 1)
const spanId = Array.from({ length: 8 }, (_, at) => at + 1)
const anyText = (value: string): number[] => text(1, value)
const keyValue = (key: string, value: readonly number[]): number[] => [...text(1, key), ...block(2, value)]
const span = [
  ...block(1, traceId),
  ...block(2, spanId),
  ...text(5, 'GET /orders'),
  ...[...field(6, 0), 2],
  ...fixed64(7, 1_796_000_000_000_123_000n),
  ...fixed64(8, 1_796_000_000_020_123_000n),
  ...block(9, keyValue('http.route', anyText('/orders'))),
  ...block(9, keyValue('retries', [...field(3, 0), ...varint(-2n)])),
  ...block(9, keyValue('huge', [...field(3, 0), ...varint(2n ** 62n)])),
  ...block(15, [...text(2, 'no stock'), ...field(3, 0), 2]),
  ...fixed64(99, 1n),
]
const request = [
  ...block(1, [
    ...block(1, block(1, keyValue('service.name', anyText('orders')))),
    ...block(2, [...block(1, text(1, 'genever')), ...block(2, span)]),
  ]),
]

describe('decodeProtobuf', () => {
  it('reads a span as OTLP has it, and passes by what it does not know', () => {
    const { rows, rejected } = spansFrom(decodeProtobuf(Uint8Array.from(request), tracesRequest))
    const [row] = rows
    assert.equal(rejected, 0)
    assert.deepEqual(
      { ...row, source: row?.source.service, startMs: row?.startMs },
      {
        ...{ traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708', parentSpanId: null },
        ...{ name: 'GET /orders', kind: 'server', startMs: 1_796_000_000_000.123, durationMs: 20 },
        ...{ status: 'error', statusMessage: 'no stock', events: [], links: [], dropped: 0, scope: 'genever' },
        attributes: { 'http.route': '/orders', retries: -2, huge: '4611686018427387904' },
        source: 'orders',
      },
    )
  })

  it('reads histograms, whose buckets come packed or one by one', () => {
    const packed = (number: number, values: readonly number[][]): number[] => block(number, values.flat())
    const count = (value: bigint): number[] => fixed64(1, value).slice(1)
    const point = (counts: readonly number[]): number[] => [
      ...fixed64(3, 1_796_000_000_000_000_000n),
      ...fixed64(4, 3n),
      ...[...field(5, 1), ...double(4.5)],
      ...counts,
      ...packed(7, [double(1), double(2)]),
    ]
    const metric = (counts: readonly number[]): number[] => [
      ...text(1, 'latency'),
      ...block(9, [...block(1, point(counts)), ...field(2, 0), 2]),
    ]
    const one = metric([...fixed64(6, 1n), ...fixed64(6, 2n), ...fixed64(6, 0n)])
    const all = metric(packed(6, [count(1n), count(2n), count(0n)]))
    for (const bytes of [one, all]) {
      const sent = block(1, block(2, block(2, bytes)))
      const { rows } = pointsFrom(decodeProtobuf(Uint8Array.from(sent), metricsRequest), 0)
      assert.deepEqual(rows[0]?.value, { count: 3, sum: 4.5, bounds: [1, 2], counts: [1, 2, 0] })
    }
  })

  const broken = [
    { bytes: [0x0a, 0x05, 0x01], why: 'a length beyond the end' },
    { bytes: [0x0a, ...Array<number>(10).fill(0xff), 0x01], why: 'a number of eleven bytes' },
    { bytes: [0x00, 0x00], why: 'the field 0' },
    { bytes: [0x0f], why: 'a wire type that does not exist' },
    { bytes: [0x08, 0x01], why: 'a number where a message belongs' },
    { bytes: [0x0a], why: 'an end inside of a tag' },
  ]
  for (const { bytes, why } of broken) {
    it(`refuses ${why}`, () =>
      assert.throws(() => decodeProtobuf(Uint8Array.from(bytes), tracesRequest), { code: 'BAD_OTLP' }))
  }

  it('refuses values that nest deeper than its limit, before the stack ends', () => {
    let value = anyText('x')
    for (let depth = 0; depth < 5_000; depth++) value = block(5, block(1, value))
    const deep = block(1, block(1, block(1, keyValue('deep', value))))
    assert.throws(() => decodeProtobuf(Uint8Array.from(deep), tracesRequest), {
      code: 'BAD_OTLP',
      message: /nest deeper/,
    })
  })

  it('refuses more values than its limit', () => {
    const many = Array.from({ length: 100 }, () => block(1, [])).flat()
    assert.throws(() => decodeProtobuf(Uint8Array.from(many), tracesRequest, { maxDepth: 9, maxItems: 99 }), {
      message: /more than 99 values/,
    })
  })

  it('answers whatever it is sent with a message or BAD_OTLP, in time', () => {
    const random = numbers(4_711)
    const types = [tracesRequest, logsRequest, metricsRequest]
    for (let round = 0; round < 5_000; round++) {
      const bytes =
        round % 2 === 0
          ? [...request]
          : Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256))
      for (let change = 0; change <= round % 4; change++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      if (round % 5 === 0) bytes.length = Math.floor(random() * bytes.length)
      try {
        const message = decodeProtobuf(Uint8Array.from(bytes), types[round % 3] ?? tracesRequest)
        spansFrom(message)
        pointsFrom(message, 0)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'BAD_OTLP', `round ${round}: ${error}`)
      }
    }
  })
})
