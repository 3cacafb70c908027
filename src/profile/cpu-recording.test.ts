import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { CpuRecording, recordCpuProfile } from './cpu-recording.ts'

type Field = readonly [field: number, value: bigint | Uint8Array]

/** An independent reading of the wire format: varints and what has a length. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  function varint(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? assert.fail('the message ends within a number')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    if ((tag & 7) === 0) fields.push([tag >> 3, varint()])
    else {
      assert.equal(tag & 7, 2)
      const length = Number(varint())
      fields.push([tag >> 3, bytes.subarray(at, at + length)])
      at += length
      assert.ok(at <= bytes.length, 'the message ends within a field')
    }
  }
  return fields
}

function messages(fields: readonly Field[], field: number): Uint8Array[] {
  return fields.flatMap(([number, value]) => (number === field && typeof value !== 'bigint' ? [value] : []))
}

function numbers(fields: readonly Field[], field: number): bigint[] {
  return fields.flatMap(([number, value]) => (number === field && typeof value === 'bigint' ? [value] : []))
}

function burnTheProcessor(): number {
  let sum = 0
  for (const end = performance.now() + 150; performance.now() < end; ) for (let i = 0; i < 1e4; i++) sum += Math.sqrt(i)
  return sum
}

const frame = (functionName: string) => ({ functionName, url: 'file:///a.ts', lineNumber: 4, columnNumber: 0 })

describe('a CPU profile as pprof', () => {
  it('has stacks from the leaf on, times in nanoseconds, and leaves out what was idle', async () => {
    const nodes = [
      { id: 1, callFrame: frame('(root)'), children: [2, 4] },
      { id: 2, callFrame: frame('outer'), children: [3] },
      { id: 3, callFrame: frame('inner') },
      { id: 4, callFrame: frame('(idle)') },
    ]
    const profile = { nodes, startTime: 0, endTime: 4_000, samples: [3, 3, 4, 2], timeDeltas: [0, 1_000, 1_000, 1_000] }
    const startedMs = 1_790_000_000_123
    const fields = fieldsOf(gunzipSync(await new CpuRecording(profile, startedMs).pprof()))
    const samples = messages(fields, 2).map((bytes) => {
      const sample = fieldsOf(bytes)
      return { stack: numbers(sample, 1), values: numbers(sample, 2) }
    })
    assert.deepEqual(samples, [
      { stack: [3n, 2n], values: [2n, 2_000_000n] },
      { stack: [2n], values: [1n, 1_000_000n] },
    ])
    assert.deepEqual(numbers(fields, 9), [1_790_000_000_123_000_000n])
    assert.deepEqual(numbers(fields, 10), [4_000_000n])
    const texts = messages(fields, 6).map((bytes) => Buffer.from(bytes).toString())
    assert.equal(texts[0], '')
    assert.ok(texts.includes('inner') && texts.includes('/a.ts'))
  })

  it('does not count a gap in which no samples were taken as work', async () => {
    const nodes = [
      { id: 1, callFrame: frame('(root)'), children: [2] },
      { id: 2, callFrame: frame('work') },
    ]
    const profile = {
      nodes,
      startTime: 0,
      endTime: 503_000,
      samples: [2, 2, 2, 2],
      timeDeltas: [0, 1_000, 500_000, 1_000],
    }
    const fields = fieldsOf(gunzipSync(await new CpuRecording(profile, 0).pprof()))
    const [sample] = messages(fields, 2)
    assert.deepEqual(numbers(fieldsOf(sample ?? assert.fail('no sample')), 2), [4n, 4_000_000n])
  })

  it('names the function that used the processor', async () => {
    const recording = recordCpuProfile({ seconds: 0.4 })
    setTimeout(burnTheProcessor, 50)
    const done = await recording
    const texts = messages(fieldsOf(gunzipSync(await done.pprof())), 6).map((bytes) => Buffer.from(bytes).toString())
    assert.ok(texts.includes('burnTheProcessor'), texts.join(' '))
    assert.match(done.cpuprofile(), /burnTheProcessor/)
  })
})

describe('recording', () => {
  it('is done once at a time, and ends early by its signal', async () => {
    const stop = new AbortController()
    const first = recordCpuProfile({ seconds: 100, signal: stop.signal })
    await assert.rejects(recordCpuProfile({ seconds: 1 }), { code: 'PROFILE_BUSY', status: 409 })
    stop.abort()
    await first
    await recordCpuProfile({ signal: stop.signal })
  })

  for (const { seconds, why } of [
    { seconds: 0, why: 'nothing would be seen' },
    { seconds: 121, why: 'a profile must not be forgotten' },
    { seconds: Number.NaN, why: 'not a number' },
  ]) {
    it(`refuses ${seconds} seconds: ${why}`, async () => {
      await assert.rejects(recordCpuProfile({ seconds }), { code: 'BAD_PROFILE', status: 400 })
    })
  }
})
