import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import { LateLogger } from './late-logger.ts'

function memoryLogger(): { sink: MemorySink; logger: ReturnType<typeof createJsonLogger> } {
  const sink = new MemorySink()
  return { sink, logger: createJsonLogger({ sink }) }
}

describe('LateLogger', () => {
  it('asks for nothing before something is logged', () => {
    const log = new LateLogger(() => assert.fail('nothing was logged'))
    log.child({ part: 'relay' })
  })

  it('writes to the fallback until it is told where to', () => {
    const early = memoryLogger()
    const late = memoryLogger()
    const log = new LateLogger(() => early.logger)
    log.info('one')
    log.setDestination(late.logger)
    log.info('two')
    assert.deepEqual(
      [early, late].map(({ sink }) => sink.records.map(({ message }) => message)),
      [['one'], ['two']],
    )
  })

  it('takes along children that were made, and used, before', () => {
    const early = memoryLogger()
    const late = memoryLogger()
    const log = new LateLogger(() => early.logger)
    const grandchild = log.child({ part: 'relay' }).child({ topic: 'orders' })
    grandchild.info('one')
    log.setDestination(late.logger)
    grandchild.warn('two', { id: 7 })
    assert.equal(early.sink.records.length, 1)
    const [{ time: _, ...line } = {}] = late.sink.records
    assert.deepEqual(line, { level: 'warn', message: 'two', part: 'relay', topic: 'orders', id: 7 })
  })

  it('has the level of the logger behind it', () => {
    const { logger } = memoryLogger()
    logger.setLevel('error')
    const log = new LateLogger(() => logger)
    assert.equal(log.level, 'error')
    assert.equal(log.isEnabled('warn'), false)
  })
})
