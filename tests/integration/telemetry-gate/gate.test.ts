/** `genever gate telemetry` under its 500 requests in a second: a right build passes, a wrong one does not. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

async function gate(
  service: string,
  ...words: string[]
): Promise<{ code: number | null; output: string; errors: string }> {
  const file = fileURLToPath(new URL(service, import.meta.url))
  const child = spawn('node', [cli, 'gate', 'telemetry', file, '--short', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (piece: Buffer) => (output += piece))
  child.stderr.on('data', (piece: Buffer) => (errors += piece))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output, errors }
}

describe('genever gate telemetry', { timeout: 180_000 }, () => {
  it('passes a right build', async () => {
    const { code, output, errors } = await gate(
      'right-service.ts',
      '--request',
      'GET /items',
      '--request',
      'GET /missing',
      '--request',
      'POST /items {"a":1}',
    )
    assert.equal(code, 0, output + errors)
    assert.match(output, /loss {6}0 of \d+ spans/)
  })

  it('fails a build that loses one span in 500', async () => {
    const { code, output, errors } = await gate('lossy-service.ts')
    assert.equal(code, 1, output + errors)
    assert.match(errors, /spans were lost \(0\.\d+ %\)/)
  })

  it('fails a build whose sampling is off by 5 %', async () => {
    const { code, output, errors } = await gate('skewed-service.ts')
    assert.equal(code, 1, output + errors)
    assert.match(errors, /of the traces were kept instead of 80 %/)
  })
})
