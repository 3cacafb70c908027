import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { createJsonLogger } from './json-logger.ts'
import type { SamplingOptions } from './repeat-sampler.ts'
import { MemorySink } from './sinks/memory.ts'

function logger(sampling: SamplingOptions) {
  const clock = new ManualClock()
  const sink = new MemorySink()
  return { clock, sink, log: createJsonLogger({ sink, clock, sampling }) }
}

describe('lines that repeat', () => {
  it('are written the first times in each interval and every m-th after that, and the rest is counted', async () => {
    const { clock, sink, log } = logger({ first: 3, thereafter: 10, intervalMs: 1_000 })
    for (let n = 1; n <= 30; n++) log.error('no connection', { n })
    log.error('another thing')
    assert.deepEqual(
      sink.records.map(({ n }) => n),
      [1, 2, 3, 13, 23, undefined],
    )
    await clock.advance(1_000)
    const { level, message, repeated, left_out } = sink.records.at(-1) ?? {}
    assert.deepEqual(
      { level, message, repeated, left_out },
      {
        level: 'error',
        message: 'lines were left out because they repeat',
        repeated: 'no connection',
        left_out: 25,
      },
    )
    log.error('no connection', { n: 31 })
    assert.equal(sink.records.at(-1)?.n, 31, 'a new interval has begun')
  })

  const rows = [
    { level: 'fatal', sampling: { first: 1, thereafter: 0 }, written: 5, why: 'a fatal line is always written' },
    { level: 'info', sampling: { first: 1, thereafter: 0 }, written: 1, why: 'none after the first' },
    {
      level: 'info',
      sampling: { first: 1, maxKinds: 0 },
      written: 5,
      why: 'kinds beyond the limit are not told apart',
    },
  ] as const
  for (const { level, sampling, written, why } of rows) {
    it(`${level} with ${JSON.stringify(sampling)}: ${why}`, () => {
      const { sink, log } = logger(sampling)
      for (let n = 0; n < 5; n++) log.log(level, 'again')
      assert.equal(sink.records.filter(({ message }) => message === 'again').length, written)
    })
  }

  it('are told on a flush, before the process ends', () => {
    const { sink, log } = logger({ first: 1, thereafter: 0 })
    for (let n = 0; n < 5; n++) log.info('again')
    void log.flush()
    assert.equal(sink.records.at(-1)?.left_out, 4)
  })
})
