import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Channel } from '../concurrency/channel.ts'
import { Group } from '../concurrency/group.ts'
import { Ticker } from '../concurrency/ticker.ts'
import { Context } from '../foundation/context/context.ts'
import { checkLeaks } from './check-leaks.ts'

const here = /check-leaks\.test\.ts:\d+:\d+/

describe('checkLeaks', () => {
  it('has the result of a body that leaves nothing', async () => {
    assert.equal(await checkLeaks(() => Group.run(() => 7)), 7)
  })

  it('names the places where a task and its wait began', async () => {
    const context = new Context()
    const group = new Group({ context })
    const leaking = checkLeaks(() => void group.go(() => new Channel<number>().receive()))
    await assert.rejects(leaking, (error: Error & { code: string }) => {
      const [task, receive] = error.message.split('\n').slice(1)
      assert.equal(error.code, 'LEAK_FOUND')
      assert.match(task ?? '', /^ {2}task /)
      assert.match(task ?? '', here)
      assert.match(receive ?? '', /^ {2}Channel\.receive /)
      assert.match(receive ?? '', here)
      return true
    })
    context.cancel()
    await assert.rejects(group.wait())
  })

  it('names where a task began that had to queue', async () => {
    const context = new Context()
    const group = new Group({ context, limit: 1 })
    const leaking = checkLeaks(() => {
      const first = group.go(() => Promise.resolve())
      group.go(() => new Channel<number>().receive())
      return first.result
    })
    await assert.rejects(leaking, /task .*check-leaks\.test/)
    context.cancel()
    await assert.rejects(group.wait())
  })

  it('names a ticker that is not stopped', async () => {
    const tickers: Ticker[] = []
    await assert.rejects(
      checkLeaks(() => tickers.push(new Ticker(1_000))),
      /Ticker .*check-leaks\.test/,
    )
    for (const ticker of tickers) ticker.stop()
  })

  it('does not mind what began before or what ends soon', async () => {
    const channel = new Channel<number>()
    const before = channel.receive()
    await checkLeaks(() => void setImmediate(() => channel.trySend(1)))
    assert.equal(await before, 1)
  })

  it('lets an error of the body pass', async () => {
    await assert.rejects(
      checkLeaks(() => assert.fail('body')),
      { message: 'body' },
    )
  })
})
