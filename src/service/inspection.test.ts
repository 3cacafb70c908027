import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from './inspection.ts'
import { createService } from './service.ts'

describe('inspect', () => {
  it('gives the service that a file runs, without starting it', async () => {
    const inspected = await inspect(async () => {
      createService({ name: 'helper' })
      const service = createService({ name: 'orders' })
      service.add({ name: 'database', start: () => assert.fail('nothing starts under inspection') })
      await service.run()
      assert.fail('what stands behind run() expects a running service')
    })
    assert.equal(inspected.name, 'orders')
    assert.equal(inspected.declaration.components[0]?.name, 'database')
  })

  it('gives the only service of a file that runs none, as one that is imported by its tests', async () => {
    const inspected = await inspect(async () => createService({ name: 'orders' }))
    assert.equal(inspected.name, 'orders')
  })

  it('does not choose between several, and says what it found', async () => {
    const file = async (): Promise<void> => {
      createService({ name: 'users' })
      createService({ name: 'orders' })
    }
    await assert.rejects(inspect(file), { code: 'NO_SERVICE', message: /'users', 'orders'/ })
    await assert.rejects(
      inspect(async () => {}),
      { code: 'NO_SERVICE', message: /none/ },
    )
  })

  it('passes on what the file throws', async () => {
    await assert.rejects(
      inspect(() => Promise.reject(new Error('broken file'))),
      { message: 'broken file' },
    )
  })

  it('is over afterwards: services run again', async () => {
    await inspect(async () => createService({ name: 'orders' }))
    const service = createService({ name: 'orders' })
    const running = await service.start()
    await running.stop()
  })
})
