/** A line to notifications, as it comes and goes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { createDatabase } from '../create-database.ts'
import { NotificationLine, type OpenLine } from './notification-line.ts'

/** A line that this test loses or sees closed. */
function lineUnderTest(): OpenLine & { lose(): void; readonly isClosed: () => boolean } {
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  let isClosed = false
  const close = (): void => {
    isClosed = true
    resolve()
  }
  return { lost, close, lose: resolve, isClosed: () => isClosed }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('a line to notifications', () => {
  it('tells of itself when it stands, and again when it was lost and stands anew', async () => {
    const clock = new ManualClock()
    const opened: ReturnType<typeof lineUnderTest>[] = []
    let heard = 0
    const open = async (): Promise<OpenLine> => {
      const line = lineUnderTest()
      opened.push(line)
      return line
    }
    const line = new NotificationLine({ open, heard: () => heard++, clock })
    await turns()
    assert.equal(heard, 1)
    opened[0]?.lose()
    await turns()
    await clock.advance(50)
    await turns()
    assert.deepEqual([opened.length, heard], [2, 2])
    line.close()
    assert.equal(opened[1]?.isClosed(), true)
  })

  it('waits longer with each failure, five seconds at most', async () => {
    const clock = new ManualClock()
    let attempts = 0
    const open = (): Promise<OpenLine> => {
      attempts++
      return Promise.reject(new Error('away'))
    }
    const line = new NotificationLine({ open, heard: () => undefined, clock })
    for (const waitMs of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      await turns()
      const before = attempts
      await clock.advance(waitMs - 1)
      await turns()
      assert.equal(attempts, before, `not before ${waitMs} ms`)
      await clock.advance(1)
      await turns()
      assert.equal(attempts, before + 1, `after ${waitMs} ms`)
    }
    line.close()
  })

  it('closes at once, also one that is still being opened', async () => {
    const opening = Promise.withResolvers<OpenLine>()
    let heard = 0
    const line = new NotificationLine({
      open: () => opening.promise,
      heard: () => heard++,
      clock: new ManualClock(),
    })
    line.close()
    const late = lineUnderTest()
    opening.resolve(late)
    await turns()
    assert.deepEqual([late.isClosed(), heard], [true, 0])
  })

  it('is refused where the database has no notifications', async () => {
    const db = createDatabase({ url: 'sqlite::memory:' })
    assert.throws(() => db.listen('a', () => undefined), { code: 'CANNOT_LISTEN' })
    await db.stop()
  })
})
