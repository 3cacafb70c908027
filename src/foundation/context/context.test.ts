import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { ManualClock } from '../clock/manual-clock.ts'
import { Context, currentContext } from './context.ts'
import { ContextKey } from './context-key.ts'

const user = new ContextKey<string>('user')
const otherUser = new ContextKey<string>('user')

describe('Context', () => {
  it('is found by code that was not given it, across awaits', async () => {
    const context = new Context()
    assert.equal(currentContext(), undefined)
    const seen = await context.run(async () => {
      await Promise.resolve()
      return currentContext()
    })
    assert.equal(seen, context)
    assert.equal(currentContext(), undefined)
  })

  it('keeps concurrent runs apart', async () => {
    const visit = (context: Context): Promise<boolean> =>
      context.run(async () => {
        await Promise.resolve()
        return currentContext() === context
      })
    assert.deepEqual(await Promise.all([visit(new Context()), visit(new Context())]), [true, true])
  })

  it('leaves what others keep in asynchronous storage as it is, inside and after', async () => {
    const tenant = new AsyncLocalStorage<string>()
    const outer = new Context()
    await tenant.run('acme', () =>
      outer.run(async () => {
        const seen = new Context().runWith((asked: string) => [asked, tenant.getStore()], 'tenant')
        assert.deepEqual(seen, ['tenant', 'acme'])
        assert.equal(currentContext(), outer)
        assert.throws(() => new Context().run(() => assert.fail('thrown inside')), /thrown inside/)
        assert.equal(currentContext(), outer)
        tenant.enterWith('globex')
        await Promise.resolve()
        assert.deepEqual([currentContext(), tenant.getStore()], [outer, 'globex'])
      }),
    )
    assert.deepEqual([currentContext(), tenant.getStore()], [undefined, undefined])
  })

  it('keeps several values apart and replaces one of them', () => {
    const context = new Context().set(user, 'ada').set(otherUser, 'grace').set(user, 'edsger')
    assert.deepEqual([context.get(user), context.get(otherUser)], ['edsger', 'grace'])
    context.set(otherUser, 'barbara')
    assert.deepEqual([context.child().get(user), context.get(otherUser)], ['edsger', 'barbara'])
  })

  it('hands values down, never up or to a key of the same name', () => {
    const parent = new Context().set(user, 'ada')
    const child = parent.child()
    assert.equal(child.get(user), 'ada')
    assert.equal(child.get(otherUser), undefined)
    child.set(user, 'grace')
    assert.equal(child.get(user), 'grace')
    assert.equal(parent.get(user), 'ada')
  })

  const deadlines = [
    { parentMs: 100, childMs: 50, expected: 50, why: 'a child may shorten the time' },
    { parentMs: 100, childMs: 500, expected: 100, why: 'a child never extends it' },
    { parentMs: 100, childMs: undefined, expected: 100, why: 'a child without a limit has its parent’s' },
    { parentMs: undefined, childMs: 70, expected: 70, why: 'a parent without a limit takes nothing away' },
    { parentMs: undefined, childMs: undefined, expected: Number.POSITIVE_INFINITY, why: 'no limit at all' },
  ]
  for (const { parentMs, childMs, expected, why } of deadlines) {
    it(`has the nearer deadline: ${why}`, () => {
      const clock = new ManualClock()
      const parent = new Context({ timeoutMs: parentMs, clock })
      assert.equal(parent.child({ timeoutMs: childMs }).remainingMs(), expected)
    })
  }

  it('is cancelled by its deadline, with a timer only if somebody listens', async () => {
    const clock = new ManualClock()
    const context = new Context({ timeoutMs: 100, clock })
    assert.equal(clock.pendingTimers, 0)
    const { signal } = context
    assert.equal(clock.pendingTimers, 1)
    await clock.advance(99)
    assert.equal(signal.aborted, false)
    await clock.advance(1)
    assert.equal(signal.aborted, true)
    assert.equal(signal.reason.code, 'DEADLINE_EXCEEDED')
    assert.equal(clock.pendingTimers, 0)
  })

  it('notices a passed deadline without a timer', async () => {
    const clock = new ManualClock()
    const context = new Context({ timeoutMs: 10, clock })
    await clock.advance(10)
    assert.equal(context.cancelled?.code, 'DEADLINE_EXCEEDED')
    assert.throws(() => context.throwIfCancelled(), { code: 'DEADLINE_EXCEEDED', status: 504 })
  })

  it('cancels children, not parents', () => {
    const parent = new Context()
    const child = parent.child()
    const sibling = parent.child()
    child.cancel()
    assert.equal(child.cancelled?.code, 'CANCELLED')
    assert.equal(parent.cancelled, undefined)
    parent.cancel()
    assert.equal(sibling.cancelled?.code, 'CANCELLED')
    assert.equal(sibling.signal.aborted, true)
  })

  it('tells a late listener at once, and each listener once', () => {
    const context = new Context()
    const heard: string[] = []
    context.onCancel(() => heard.push('early'))
    const leave = context.onCancel(() => heard.push('left'))
    leave()
    context.cancel()
    context.cancel()
    context.onCancel(() => heard.push('late'))
    assert.deepEqual(heard, ['early', 'late'])
  })

  it('keeps what the first cancel said', () => {
    const context = new Context()
    const gone = new Error('socket closed')
    context.cancel(gone)
    context.cancel(new Error('again'))
    assert.equal(context.cancelled?.cause, gone)
  })

  it('releases its timer and its place at the parent when finished, and is then never cancelled', async () => {
    const clock = new ManualClock()
    const parent = new Context({ clock })
    const child = parent.child({ timeoutMs: 50 })
    const { signal } = child
    child.finish()
    assert.equal(clock.pendingTimers, 0)
    parent.cancel()
    await clock.advance(100)
    assert.equal(signal.aborted, false)
  })
})
