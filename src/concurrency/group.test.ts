import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context, currentContext } from '../foundation/context/context.ts'
import { all } from './all.ts'
import { Channel } from './channel.ts'
import { Group, go } from './group.ts'
import { mapReduce } from './map-reduce.ts'
import { nextTurn, sleep } from './sleep.ts'

describe('Group', () => {
  it('ends only when the last task has ended, though another has failed long before', async () => {
    const group = new Group()
    const slow = Promise.withResolvers<void>()
    let ended = false
    group.go(() => Promise.reject(new Error('early')))
    group.go(() => slow.promise)
    const waiting = group.wait().finally(() => {
      ended = true
    })
    await nextTurn()
    assert.equal(ended, false)
    slow.resolve()
    await assert.rejects(waiting, { message: 'early' })
  })

  it('gives its tasks a context that is the current one', async () => {
    const group = new Group()
    const task = group.go(async (context) => {
      await nextTurn()
      return currentContext() === context && context === group.context
    })
    await group.wait()
    assert.equal(await task.result, true)
  })

  it('is cancelled with the context above, which tasks tell by rejecting', async () => {
    const parent = new Context()
    const group = new Group({ context: parent })
    group.go(() => sleep(60_000))
    parent.cancel()
    await assert.rejects(group.wait(), { code: 'CANCELLED' })
  })

  it('never starts what is queued when it is cancelled', async () => {
    const group = new Group({ limit: 1 })
    group.go(() => sleep(60_000).catch(() => 'gave up'))
    const queued = group.go(() => assert.fail('started'))
    group.cancel()
    assert.equal(group.queued, 0)
    await assert.rejects(queued.result, { code: 'CANCELLED' })
    await assert.rejects(group.wait(), { code: 'CANCELLED' })
  })

  it('lets the others go on where errors do not cancel', async () => {
    const group = new Group({ cancelOnError: false, limit: 1 })
    group.go(() => Promise.reject(new Error('one')))
    const other = group.go(() => 'done')
    await assert.rejects(group.wait(), { message: 'one' })
    assert.equal(await other.result, 'done')
  })

  it('runs more queued tasks that end at once than the stack is deep', async () => {
    const group = new Group({ limit: 1 })
    const gate = Promise.withResolvers<void>()
    let count = 0
    group.go(() => gate.promise)
    for (let at = 0; at < 50_000; at++) group.go(() => count++)
    gate.resolve()
    await group.wait()
    assert.equal(count, 50_000)
  })

  it('holds a producer back with ready()', async () => {
    const group = new Group({ limit: 2 })
    let most = 0
    for (let at = 0; at < 10; at++) {
      await group.ready()
      group.go(nextTurn)
      most = Math.max(most, group.queued)
    }
    await group.wait()
    assert.equal(most, 0)
  })

  it('wakes everybody in ready(), also when the first of them starts nothing', async () => {
    const group = new Group({ limit: 1 })
    const gate = Promise.withResolvers<void>()
    group.go(() => gate.promise)
    const waiting = [group.ready(), group.ready()]
    gate.resolve()
    await Promise.all(waiting)
    await group.wait()
  })

  it('waits for a task that begins in the moment in which the last one ends', async () => {
    const group = new Group()
    const gate = Promise.withResolvers<void>()
    const slow = Promise.withResolvers<void>()
    let late: Promise<void> | undefined
    const first = group.go(() => gate.promise)
    void first.result.then(() => {
      late = group.go(() => slow.promise).result
    })
    const waiting = group.wait().then(() => 'over')
    gate.resolve()
    await nextTurn()
    assert.equal(await Promise.race([waiting, nextTurn().then(() => 'waits')]), 'waits')
    slow.resolve()
    await waiting
    await late
  })

  it('refuses tasks once it has been waited for', async () => {
    const group = new Group()
    await group.wait()
    assert.throws(() => group.go(() => 1), { code: 'GROUP_ENDED' })
    assert.throws(() => group.tryGo(() => 1), { code: 'GROUP_ENDED' })
  })

  it('releases what still waits in its context when it ends', async () => {
    const group = new Group()
    let forgotten: Promise<unknown> | undefined
    group.go(() => {
      forgotten = new Channel<number>().receive()
      forgotten.catch(() => {})
    })
    await group.wait()
    await assert.rejects(forgotten as Promise<unknown>, { code: 'CANCELLED' })
  })

  for (const limit of [0, -1, 1.5, Number.NaN]) {
    it(`refuses a limit of ${limit}`, () => assert.throws(() => new Group({ limit }), { code: 'BAD_LIMIT' }))
  }
})

describe('Group.run', () => {
  it('has the result of its body, after all that the body started', async () => {
    const ended: string[] = []
    const result = await Group.run(() => {
      go(async () => {
        await nextTurn()
        ended.push('inner')
      })
      return 'body'
    })
    assert.deepEqual([result, ended], ['body', ['inner']])
  })

  it('cancels what the body started when the body throws', async () => {
    const running = Group.run(() => {
      go(() => sleep(60_000))
      throw new Error('body')
    })
    await assert.rejects(running, { message: 'body' })
  })

  it('does not count its body, which may wait for tasks, towards the limit', async () => {
    const result = await Group.run(async () => await go(async () => 7).result, { limit: 1 })
    assert.equal(result, 7)
  })
})

describe('all', () => {
  it('has results of different types in order', async () => {
    const [text, number] = await all([async () => 'a', () => 1])
    assert.equal(`${text.toUpperCase()}${number.toFixed(0)}`, 'A1')
  })

  it('rejects with the first error when the rest has been cancelled', async () => {
    const other = Promise.withResolvers<string>()
    await assert.rejects(
      all([() => Promise.reject(new Error('first')), () => sleep(60_000).catch((error) => other.resolve(error.code))]),
      { message: 'first' },
    )
    assert.equal(await other.promise, 'CANCELLED')
  })
})

describe('mapReduce', () => {
  it('folds what maps return, no more of them at a time than the limit', async () => {
    let [running, most] = [0, 0]
    const sum = await mapReduce([1, 2, 3, 4, 5], {
      limit: 2,
      initial: 0,
      map: async (item) => {
        most = Math.max(most, ++running)
        await nextTurn()
        running--
        return item * item
      },
      reduce: (total, square) => total + square,
    })
    assert.deepEqual([sum, most], [55, 2])
  })

  it('pulls from an endless source no faster than maps end', async () => {
    let pulled = 0
    const endless = function* (): Generator<number> {
      for (;;) yield pulled++
    }
    const failing = mapReduce(endless(), {
      limit: 3,
      initial: 0,
      map: async (item) => {
        await nextTurn()
        if (item === 10) throw new Error('the tenth')
      },
      reduce: (total) => total,
    })
    await assert.rejects(failing, { message: 'the tenth' })
    assert.ok(pulled < 20, `${pulled} were pulled`)
  })

  it('ends with the error of its source, after the maps have ended', async () => {
    const ended: string[] = []
    const broken = async function* (): AsyncGenerator<number> {
      yield 1
      await nextTurn()
      throw new Error('source')
    }
    const failing = mapReduce(broken(), {
      initial: 0,
      map: () => sleep(60_000).catch(() => void ended.push('map')),
      reduce: (total) => total,
    })
    await assert.rejects(failing, { message: 'source' })
    assert.deepEqual(ended, ['map'])
  })

  it('does not wait for a source that has nothing to say when a map fails', async () => {
    const source = new Channel<number>(1)
    source.trySend(1)
    const failing = mapReduce(source, {
      initial: 0,
      map: () => Promise.reject(new Error('map')),
      reduce: (total) => total,
    })
    await assert.rejects(failing, { message: 'map' })
  })
})
