import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compose, type Layer } from './compose.ts'

type Trace = string[]
type MaybePromise<T> = T | Promise<T>

function named(name: string): Layer<Trace, number> {
  return (trace, next) => {
    trace.push(`${name} in`)
    const result = next()
    trace.push(`${name} out`)
    return result
  }
}

describe('compose', () => {
  it('runs layers inwards in order and outwards in reverse', () => {
    const trace: Trace = []
    const run = compose([named('a'), named('b')], (inner: Trace) => {
      inner.push('core')
      return 42
    })
    assert.equal(run(trace), 42)
    assert.deepEqual(trace, ['a in', 'b in', 'core', 'b out', 'a out'])
  })

  it('is the core itself when there are no layers', () => {
    const core = (): number => 1
    assert.equal(compose([], core), core)
  })

  it('never meets a promise when everything is synchronous', () => {
    const run = compose<Trace, MaybePromise<number>>([(_, next) => next()], () => 7)
    assert.equal(run([]), 7)
  })

  it('awaits where a layer is asynchronous', async () => {
    const trace: Trace = []
    const slow: Layer<Trace, Promise<number>> = async (inner, next) => {
      inner.push('before')
      const result = await next()
      inner.push('after')
      return result + 1
    }
    const run = compose([slow], async () => 1)
    assert.equal(await run(trace), 2)
    assert.deepEqual(trace, ['before', 'after'])
  })

  it('lets a layer answer without going inwards', () => {
    const run = compose<Trace, number>([() => 403, named('never')], () => 200)
    const trace: Trace = []
    assert.equal(run(trace), 403)
    assert.deepEqual(trace, [])
  })

  it('refuses a second next() and names the layer', () => {
    const greedy: Layer<Trace, number> = (_, next) => next() + next()
    assert.throws(() => compose([greedy], () => 1)([]), { code: 'NEXT_CALLED_TWICE', message: /'greedy'/ })
  })

  it('keeps runs apart: one run of next() does not use up that of another', () => {
    const run = compose([named('a')], () => 1)
    assert.equal(run([]), 1)
    assert.equal(run([]), 1)
  })

  it('passes a throw from inside through the layers', () => {
    const trace: Trace = []
    const guarded: Layer<Trace, number> = (inner, next) => {
      try {
        return next()
      } catch {
        inner.push('caught')
        return -1
      }
    }
    const run = compose<Trace, number>([guarded], () => {
      throw new Error('inside')
    })
    assert.equal(run(trace), -1)
    assert.deepEqual(trace, ['caught'])
  })
})
