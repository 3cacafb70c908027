import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parentThread, startThread, type Thread } from './threads.ts'

const module = new URL('fixtures/thread.ts', import.meta.url)

interface Started {
  thread: Thread<unknown>
  /** The next message, in the order of arrival. */
  next(): Promise<unknown>
}

function start(input?: unknown): Started {
  const queue: unknown[] = []
  let wake = (): void => undefined
  const thread = startThread({
    module,
    input,
    name: 'test',
    onMessage: (message) => {
      queue.push(message)
      wake()
    },
  })
  async function next(): Promise<unknown> {
    while (queue.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return queue.shift()
  }
  return { thread, next }
}

describe('a thread', () => {
  it('gets its input, exchanges messages and ends when nothing holds it', async () => {
    const { thread, next } = start({ greeting: 'hello', at: new Date(0) })
    assert.deepEqual(await next(), { input: { greeting: 'hello', at: new Date(0) } })
    thread.post({ add: [1, 2, 3] })
    assert.deepEqual(await next(), { sum: 6 })
    thread.post('leave')
    assert.deepEqual(await thread.ended, { error: undefined })
  })

  it('hands bytes over without a copy, both ways', async () => {
    const { thread, next } = start()
    await next()
    const buffer = new ArrayBuffer(4)
    thread.post({ fill: buffer }, [buffer])
    assert.equal(buffer.byteLength, 0)
    const { filled } = (await next()) as { filled: ArrayBuffer }
    assert.deepEqual(new Uint8Array(filled), Uint8Array.of(7, 7, 7, 7))
    await thread.terminate()
  })

  const faults = [
    { order: 'throw', name: 'TypeError', message: 'a fault in the thread' },
    { order: 'reject', name: 'RangeError', message: 'a rejection in the thread' },
  ]
  for (const { order, name, message } of faults) {
    it(`ends with what it did not catch (${order})`, async () => {
      const { thread, next } = start()
      await next()
      thread.post(order)
      const { error } = await thread.ended
      assert.equal(error?.name, name)
      assert.equal(error?.message, message)
    })
  }

  it('ends with an error when its module cannot be loaded', async () => {
    const thread = startThread({ module: new URL('fixtures/no-such-module.ts', import.meta.url) })
    const { error } = await thread.ended
    assert.match(error?.message ?? '', /no-such-module/)
  })

  it('can be stopped in the middle of an endless loop', async () => {
    const { thread, next } = start()
    await next()
    thread.post('spin')
    await thread.terminate()
    assert.deepEqual(await thread.ended, { error: undefined })
  })

  it('has no parent on the main thread', () => assert.equal(parentThread(), undefined))
})
