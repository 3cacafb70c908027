import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteWriter } from './byte-writer.ts'

describe('a byte writer', () => {
  it('keeps what was written when it grows', () => {
    const out = new ByteWriter(4)
    out.text('größer')
    out.copy(Uint8Array.of(1, 2, 3))
    out.text(' than it began €')
    assert.equal(out.written().toString('latin1'), Buffer.from('größer\x01\x02\x03 than it began €').toString('latin1'))
  })

  it('makes room without writing', () => {
    const out = new ByteWriter(1)
    out.reserve(10)
    assert.ok(out.bytes.length >= 10)
    assert.equal(out.end, 0)
  })
})
