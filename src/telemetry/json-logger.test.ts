import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Context } from '../foundation/context/context.ts'
import { createJsonLogger } from './json-logger.ts'
import { createLineLogger } from './line-logger.ts'
import { withLogFields } from './log-fields.ts'
import type { LogFormat } from './log-format.ts'
import type { LogSink } from './log-sink.ts'
import { noopLogger } from './noop-logger.ts'
import { createNoopTracer } from './noop-tracer.ts'
import { MemorySink } from './sinks/memory.ts'
import { currentSpan } from './tracer.ts'

const clock = new ManualClock(Date.UTC(2030, 0, 1, 12, 0, 0, 7))

describe('a JSON line', () => {
  it('has time, level and message first, then the fields, and a newline', () => {
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, clock, fields: { service: 'orders', version: '1.2.3' } })
    log.info('order placed', { orderId: 17, vip: true })
    assert.deepEqual(sink.lines, [
      '{"time":"2030-01-01T12:00:00.007Z","level":"info","message":"order placed","service":"orders","version":"1.2.3","orderId":17,"vip":true}\n',
    ])
  })

  it('has the right time across seconds and milliseconds', async () => {
    const sink = new MemorySink()
    const moving = new ManualClock(Date.UTC(2030, 11, 31, 23, 59, 59, 1))
    const log = createJsonLogger({ sink, clock: moving })
    for (const byMs of [0, 98, 1, 899, 1, -2_000]) {
      moving.jump(byMs)
      log.info('tick')
    }
    assert.deepEqual(
      sink.records.map(({ time }) => time),
      [
        '2030-12-31T23:59:59.001Z',
        '2030-12-31T23:59:59.099Z',
        '2030-12-31T23:59:59.100Z',
        '2030-12-31T23:59:59.999Z',
        '2031-01-01T00:00:00.000Z',
        '2030-12-31T23:59:58.000Z',
      ],
    )
  })

  it('carries the ids of the span of the running work, without being told', async () => {
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, clock })
    const span = createNoopTracer().start('GET /orders')
    await new Context().set(currentSpan, span).run(async () => {
      await Promise.resolve()
      log.info('inside')
    })
    log.info('outside')
    const [inside, outside] = sink.records
    assert.equal(inside?.trace_id, span.context.traceId)
    assert.equal(inside?.span_id, span.context.spanId)
    assert.equal(outside?.trace_id, undefined)
  })

  it('never has a name twice: own fields win over those of the context, these over those of the logger', () => {
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, clock }).child({ a: 'logger', b: 'logger', c: 'logger' })
    withLogFields({ b: 'context', c: 'context' }, () => log.info('x', { c: 'own' }))
    assert.equal(sink.lines[0]?.match(/"[abc]":/g)?.length, 3)
    const { a, b, c } = sink.records[0] ?? {}
    assert.deepEqual({ a, b, c }, { a: 'logger', b: 'context', c: 'own' })
  })

  it('keeps fields that are named like its own parts, under another name', () => {
    const sink = new MemorySink()
    createJsonLogger({ sink, clock }).info('moved', { time: 'noon', level: 3, message: 'm', trace_id: 't' })
    assert.deepEqual(sink.records[0], {
      time: '2030-01-01T12:00:00.007Z',
      level: 'info',
      message: 'moved',
      time_: 'noon',
      level_: 3,
      message_: 'm',
      trace_id_: 't',
    })
  })

  it('cannot be split or forged by what is logged', () => {
    const sink = new MemorySink()
    createJsonLogger({ sink, clock }).info('a\n{"level":"fatal"}', { 'b\nc': '\u2028d\r\n' })
    assert.equal(sink.lines[0]?.indexOf('\n'), (sink.lines[0]?.length ?? 0) - 1)
    assert.equal(sink.records[0]?.message, 'a\n{"level":"fatal"}')
  })

  it('takes an error in the place of fields', () => {
    const sink = new MemorySink()
    const careless = new Error('boom') as unknown as Record<string, unknown>
    createJsonLogger({ sink, clock, withStacks: false }).error('failed', careless)
    assert.deepEqual(sink.records[0]?.error, { name: 'Error', message: 'boom' })
  })

  it('hides stacks in production', () => {
    const sink = new MemorySink()
    createJsonLogger({ sink, clock, withStacks: false }).error('failed', { error: new Error('boom') })
    assert.ok(!sink.lines[0]?.includes('stack'))
  })
})

describe('context fields', () => {
  it('flow through awaits into every line below, add up, and end with the work', async () => {
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, clock })
    await withLogFields({ orderId: 17 }, async () => {
      await Promise.resolve()
      await withLogFields({ step: 'pay' }, async () => log.info('inner'))
      log.info('outer')
    })
    log.info('after')
    const seen = sink.records.map(({ orderId, step }) => ({ orderId, step }))
    assert.deepEqual(seen, [
      { orderId: 17, step: 'pay' },
      { orderId: 17, step: undefined },
      { orderId: undefined, step: undefined },
    ])
  })

  it('keep deadline and values of the context around them', () => {
    const outer = new Context({ timeoutMs: 1_000, clock })
    outer.run(() => {
      withLogFields({ a: 1 }, () => undefined)
    })
    assert.equal(outer.cancelled, undefined)
  })
})

describe('levels', () => {
  it('let through what is at least as high, and change for children too, at run time', () => {
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, clock, level: 'warn' })
    const child = log.child({ part: 'http' })
    child.info('no')
    child.warn('yes')
    log.setLevel('debug')
    child.debug('now')
    log.setLevel('silent')
    child.fatal('never')
    assert.deepEqual(
      sink.records.map(({ message }) => message),
      ['yes', 'now'],
    )
    assert.deepEqual([child.level, child.isEnabled('fatal')], ['silent', false])
  })

  it('each have a method and all go through log()', () => {
    const sink = new MemorySink()
    const log = createJsonLogger({ sink, clock, level: 'trace' })
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
    for (const level of levels) log[level]('method')
    for (const level of levels) log.log(level, 'log')
    assert.deepEqual(
      sink.records.map(({ level }) => level),
      [...levels, ...levels],
    )
  })
})

describe('logging never fails the work that logs', () => {
  it('a format that throws leaves a line that says so', () => {
    const sink = new MemorySink()
    let isFirst = true
    const format: LogFormat = {
      bind: () => '',
      line({ message, fields }) {
        if (isFirst) {
          isFirst = false
          throw new Error('no format')
        }
        return `${message} ${JSON.stringify(fields)}\n`
      },
    }
    createLineLogger({ format, sink, clock }).info('x', { a: 1 })
    assert.deepEqual(sink.lines, ['x {"logging_error":"no format"}\n'])
  })

  it('lines that the sink refuses are counted and reported once it takes lines again', () => {
    const taken: string[] = []
    let isFull = true
    const sink: LogSink = { write: (line) => !isFull && taken.push(line) > 0, flush() {} }
    const log = createJsonLogger({ sink, clock })
    log.info('a')
    log.info('b')
    isFull = false
    log.info('c')
    log.info('d')
    assert.deepEqual(
      taken.map((line) => JSON.parse(line)).map(({ message, dropped }) => dropped ?? message),
      ['c', 2, 'd'],
    )
  })

  it('the no-op logger does nothing, at any level', () => {
    noopLogger.child({ a: 1 }).fatal('x')
    assert.equal(noopLogger.isEnabled('fatal'), false)
  })
})
