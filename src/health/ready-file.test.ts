import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { ReadyFile } from './ready-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-ready-'))
after(() => rmSync(folder, { recursive: true }))

describe('the ready file', () => {
  it('is there while the service is ready, and not what an earlier process left', async () => {
    const path = join(folder, 'ready')
    writeFileSync(path, 'stale')
    const file = new ReadyFile(path)
    await file.show(false)
    assert.equal(existsSync(path), false)
    await file.show(true)
    assert.equal(existsSync(path), true)
    await file.show(false)
    await file.show(false)
    assert.equal(existsSync(path), false)
  })

  it('ends as last asked, however quickly it was asked', async () => {
    const path = join(folder, 'quick')
    const file = new ReadyFile(path)
    await Promise.all([true, false, true, false, true].map((isReady) => file.show(isReady)))
    assert.equal(existsSync(path), true)
  })

  it('fails with its path where it cannot be, and works once it can', async () => {
    const file = new ReadyFile(join(folder, 'none', 'ready'))
    const isFailure = (error: unknown): boolean =>
      error instanceof ServiceError && error.code === 'READY_FILE_FAILED' && error.message.includes('none/ready')
    await assert.rejects(file.show(true), isFailure)
    await file.show(false)
  })
})
