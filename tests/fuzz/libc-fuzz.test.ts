import assert from 'node:assert/strict'
import { it } from 'node:test'
import { missingLibc } from '../../src/platform/libc/libc-skip.fixture.ts'
import { fuzzLibcSockets } from './libc-fuzz.ts'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
const iterations = Number(process.env.ITERATIONS ?? 480)
const skip = await missingLibc()
const name = `sockets of the C library lose no byte and no descriptor (SEED=${seed} ITERATIONS=${iterations})`

it(name, { skip, timeout: 120_000 }, async () => {
  const warnings: unknown[] = []
  // Node.js says of FFI itself that it is experimental.
  const warned = (warning: Error): void => {
    if (warning.name !== 'ExperimentalWarning') warnings.push(warning)
  }
  process.on('warning', warned)
  try {
    const { connections, bytes, leaked } = await fuzzLibcSockets({ seed, iterations })
    assert.equal(connections, iterations)
    assert.ok(bytes > iterations * 1_000, `only ${bytes} bytes came back`)
    // Other tests of this process may have one opened or closed meanwhile; a leak shows once for each connection that ends in its way.
    assert.ok(leaked <= 2, `${leaked} descriptors are left`)
    assert.deepEqual(warnings, [])
  } finally {
    process.off('warning', warned)
  }
})
