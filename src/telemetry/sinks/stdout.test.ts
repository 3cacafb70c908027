import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import type { LogOutput } from '../../platform/log-output.ts'
import { stdoutSink } from './stdout.ts'

/** A descriptor that takes as many bytes as it has room for. */
class FakeOutput implements LogOutput {
  isTerminal = false
  readonly wholeWriteBytes = 40
  room = Number.POSITIVE_INFINITY
  failure = 'EAGAIN'
  text = ''
  writes: number[] = []
  pausedMs = 0
  onPause: () => void = () => {}
  exit: () => void = () => {}

  write(bytes: Uint8Array): number {
    const taken = Math.min(bytes.byteLength, this.room)
    if (taken === 0) throw Object.assign(new Error(this.failure), { code: this.failure })
    this.room -= taken
    this.writes.push(taken)
    this.text += Buffer.from(bytes.subarray(0, taken)).toString()
    return taken
  }

  onExit(flush: () => void): () => void {
    this.exit = flush
    return () => {}
  }

  pauseThread(ms: number): void {
    this.pausedMs += ms
    this.onPause()
  }
}

const line = (n: number): string => `line ${n} 0123456789\n`

describe('lines to standard output', () => {
  it('wait for the end of the turn and are then written together, whole lines only', async () => {
    const output = new FakeOutput()
    const sink = stdoutSink({ output, clock: new ManualClock() })
    for (let n = 0; n < 5; n++) assert.equal(sink.write(line(n)), true)
    assert.equal(output.text, '')
    await turn()
    assert.equal(output.text, [0, 1, 2, 3, 4].map(line).join(''))
    assert.deepEqual(output.writes, [36, 36, 18])
  })

  it('wait up to 10 ms for others when some were written just before, and no longer', async () => {
    const output = new FakeOutput()
    const clock = new ManualClock()
    const sink = stdoutSink({ output, clock })
    sink.write(line(0))
    await turn()
    assert.equal(output.text, line(0), 'one that comes alone does not wait')
    await clock.advance(4)
    sink.write(line(1))
    await turn()
    sink.write(line(2))
    await clock.advance(5)
    assert.equal(output.text, line(0))
    await clock.advance(1)
    assert.equal(output.text, [0, 1, 2].map(line).join(''))
    await clock.advance(10)
    sink.write(line(3))
    await turn()
    assert.equal(output.text, [0, 1, 2, 3].map(line).join(''))
    assert.equal(clock.pendingTimers, 0)
  })

  it('are never more than 16 KiB of text, however many come in one turn', () => {
    const output = new FakeOutput()
    const sink = stdoutSink({ output, clock: new ManualClock() })
    for (let n = 0; n < 2_000; n++) sink.write('x'.repeat(31).concat('\n'))
    assert.ok(output.text.length > 40_000)
    void sink.flush()
    assert.equal(output.text.length, 64_000)
  })

  it('that are longer than a write goes one by one, whole', async () => {
    const output = new FakeOutput()
    const sink = stdoutSink({ output, clock: new ManualClock() })
    const long = `${'y'.repeat(100_000)}\n`
    for (const text of [line(0), long, line(1)]) sink.write(text)
    await turn()
    assert.equal(output.text, line(0) + long + line(1))
    assert.deepEqual(output.writes, [18, 100_001, 18])
  })

  it('of a terminal are written at the end of each turn: somebody looks at them', async () => {
    const output = Object.assign(new FakeOutput(), { isTerminal: true })
    const sink = stdoutSink({ output, clock: new ManualClock() })
    for (let n = 0; n < 3; n++) {
      sink.write(line(n))
      await turn()
    }
    assert.equal(output.writes.length, 3)
  })

  it('are counted in bytes, so that text beyond ASCII is not torn either', async () => {
    const output = new FakeOutput()
    const sink = stdoutSink({ output, clock: new ManualClock() })
    sink.write('äöüäöüäöü\n')
    sink.write('ÄÖÜÄÖÜÄÖÜÄÖÜ\n')
    await turn()
    assert.deepEqual(output.writes, [19, 25])
  })

  it('go on where a partial write ended, in order, when the reader comes back', async () => {
    const output = new FakeOutput()
    const clock = new ManualClock()
    const sink = stdoutSink({ output, clock })
    output.room = 50
    for (let n = 0; n < 5; n++) sink.write(line(n))
    await turn()
    assert.equal(output.text.length, 50)
    await clock.advance(10)
    assert.equal(output.text.length, 50, 'still no room')
    output.room = Number.POSITIVE_INFINITY
    sink.write(line(5))
    await clock.advance(10)
    assert.equal(output.text, [0, 1, 2, 3, 4, 5].map(line).join(''))
    assert.equal(clock.pendingTimers, 0)
  })

  it('are dropped, not hoarded, while the reader stalls', async () => {
    const output = new FakeOutput()
    const clock = new ManualClock()
    const sink = stdoutSink({ output, clock, maxQueuedBytes: 40 })
    output.room = 0
    assert.deepEqual(
      [0, 1, 2].map((n) => sink.write(line(n))),
      [true, true, false],
    )
    output.room = Number.POSITIVE_INFINITY
    await turn()
    assert.equal(sink.write(line(3)), true)
    await sink.flush()
    assert.equal(output.text, [0, 1, 3].map(line).join(''))
  })

  it('survive a full disk', async () => {
    const output = new FakeOutput()
    const clock = new ManualClock()
    const sink = stdoutSink({ output, clock })
    output.room = 0
    output.failure = 'ENOSPC'
    sink.write(line(0))
    await turn()
    output.room = 100
    await clock.advance(10)
    assert.equal(output.text, line(0))
  })

  it('end quietly when nobody reads any more', async () => {
    const output = new FakeOutput()
    const clock = new ManualClock()
    const sink = stdoutSink({ output, clock })
    output.room = 0
    output.failure = 'EPIPE'
    sink.write(line(0))
    await turn()
    assert.equal(sink.write(line(1)), false)
    assert.equal(clock.pendingTimers, 0)
  })

  it('are written when the process ends, waiting for a slow reader', () => {
    const output = new FakeOutput()
    const sink = stdoutSink({ output, clock: new ManualClock() })
    output.room = 0
    output.onPause = () => {
      if (output.pausedMs >= 30) output.room = 100
    }
    sink.write(line(0))
    output.exit()
    assert.equal(output.text, line(0))
  })

  it('do not hold up the end of the process for ever', () => {
    const output = new FakeOutput()
    const sink = stdoutSink({ output, clock: new ManualClock(), exitWaitMs: 100 })
    output.room = 0
    sink.write(line(0))
    output.exit()
    assert.equal(output.pausedMs, 100)
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
