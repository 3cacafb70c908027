import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { processUsage, usageInTable } from './process-usage.ts'

describe('processUsage', () => {
  it('tells what this process uses', async () => {
    const untilMs = performance.now() + 50
    while (performance.now() < untilMs);
    const usage = await processUsage(process.pid)
    assert.ok(usage !== undefined && usage.cpuMs >= 30, 'it has just worked for 50 ms')
    assert.ok(usage.memoryBytes > 10_000_000 && usage.processes >= 1)
  })

  it('knows nothing of a process that is not there', async () => {
    assert.equal(await processUsage(2 ** 22 + 1), undefined)
  })
})

describe('usageInTable', () => {
  const table = [
    '  10  1  1000  0:01.50',
    '  12 11   500  1:00:00',
    '  11 10  2000 00:02.00',
    '  20  1  9000 0:09',
  ].join('\n')

  it('adds up a process and all that it started, whatever their order', () => {
    assert.deepEqual(usageInTable(table, 10), { cpuMs: 3_603_500, memoryBytes: 3_500 * 1_024, processes: 3 })
  })

  it('is undefined where the process does not stand', () => {
    assert.equal(usageInTable(table, 99), undefined)
  })
})
