import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'

const sinkModule = new URL('./stdout.ts', import.meta.url).href

/** Runs a program with a `sink` behind a pipe that `reader`, a shell command, reads. */
async function run(program: string, reader = 'cat'): Promise<{ text: string; errors: string; code: number }> {
  const source = `import { stdoutSink } from ${JSON.stringify(sinkModule)}\nconst sink = stdoutSink()\n${program}`
  const shell = `{ "$@"; echo "code $?" >&2; } | ${reader}`
  const child = spawn('sh', ['-c', shell, 'sh', process.execPath, ...evalArguments(source)])
  const pieces: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.stderr.on('data', (piece: Buffer) => errors.push(piece))
  await new Promise((resolve) => child.once('close', resolve))
  const errorText = Buffer.concat(errors).toString()
  const code = Number(/^code (\d+)$/m.exec(errorText)?.[1])
  return { text: Buffer.concat(pieces).toString(), errors: errorText, code }
}

function evalArguments(source: string): string[] {
  return 'Bun' in globalThis ? ['-e', source] : ['--input-type=module', '-e', source]
}

const manyLines = `for (let n = 0; n < 20_000; n++) sink.write('line ' + n + ' ' + 'x'.repeat(40) + '\\n')\n`

function checkLines(text: string): void {
  const lines = text.trimEnd().split('\n')
  assert.equal(lines.length, 20_000)
  assert.ok(lines.every((line, n) => line.startsWith(`line ${n} `)))
}

describe('log lines reach a pipe whole and in order', () => {
  const ends = [
    { why: 'when the program runs to its end', ending: '', expectedCode: 0 },
    { why: 'when it ends by process.exit()', ending: 'process.exit(3)', expectedCode: 3 },
    { why: 'when it ends by an uncaught error', ending: `throw new Error('boom')`, expectedCode: 1 },
  ]
  for (const { why, ending, expectedCode } of ends) {
    it(why, async () => {
      const { text, code } = await run(manyLines + ending)
      checkLines(text)
      assert.equal(code, expectedCode)
    })
  }

  it('when the reader is slow, without holding up the event loop', async () => {
    const program = `${manyLines}
      const startMs = performance.now()
      setTimeout(() => process.stderr.write('ran after ' + Math.round(performance.now() - startMs) + ' ms\\n'), 20)
      await new Promise((resolve) => setTimeout(resolve, 700))`
    const { text, errors } = await run(program, '{ sleep 0.6; cat; }')
    checkLines(text)
    // Elsewhere the pipe cannot be opened a second time, and the write waits.
    if (process.platform === 'linux') assert.ok(Number(/ran after (\d+) ms/.exec(errors)?.[1]) < 400, errors)
  })

  it('when several processes share it: nobody tears the lines of another', async () => {
    const writer = (letter: string): string => `import { stdoutSink } from ${JSON.stringify(sinkModule)}
      const sink = stdoutSink()
      for (let n = 0; n < 5_000; n++) sink.write('${letter}'.repeat(70) + ' ' + n + '\\n')`
    const { text } = await run(`
      const { spawn } = await import('node:child_process')
      const programs = ${JSON.stringify(['a', 'b', 'c'].map((letter) => evalArguments(writer(letter))))}
      for (const args of programs) spawn(process.execPath, args, { stdio: 'inherit' })`)
    const lines = text.trimEnd().split('\n')
    assert.equal(lines.length, 15_000)
    const torn = lines.filter((line) => !/^(a{70}|b{70}|c{70}) \d+$/.test(line))
    assert.deepEqual(torn, [])
  })
})

it('a program whose reader has gone ends well', async () => {
  const program = `
    const timer = setInterval(() => sink.write('x'.repeat(1000) + '\\n'), 1)
    setTimeout(() => clearInterval(timer), 100)`
  assert.equal((await run(program, 'true')).code, 0)
})
