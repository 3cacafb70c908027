import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { workerCount } from './worker-count.ts'

const mebibyte = 2 ** 20

describe('workerCount', () => {
  const rows = [
    { cores: 4, memoryMb: 8_192, workers: 4, why: 'a process for each core' },
    { cores: 8, memoryMb: 512, workers: 3, why: 'the memory holds no more beside the supervisor' },
    { cores: 8, memoryMb: 256, workers: 1, why: 'one has it all' },
    { cores: 2, memoryMb: 64, workers: 1, why: 'one at least, however small the container is' },
    { cores: 1, memoryMb: 65_536, workers: 1, why: 'memory is no core' },
  ]
  for (const { cores, memoryMb, workers, why } of rows) {
    it(`is ${workers} for ${cores} cores and ${memoryMb} MiB: ${why}`, () => {
      assert.equal(workerCount({ cores, memoryBytes: memoryMb * mebibyte }), workers)
    })
  }
})
