/** From the tarball to a running service, as somebody does who has never seen the project. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))
const patienceMs = 20_000

const rows = [
  { kind: 'service', runtime: 'node' },
  { kind: 'service', runtime: 'bun' },
  { kind: 'workspace', runtime: 'node' },
  { kind: 'workspace', runtime: 'bun' },
] as const

describe('genever new', () => {
  const folder = mkdtempSync(join(tmpdir(), 'genever-new-'))
  let tarball = ''

  before(() => {
    execFileSync('node', ['scripts/build.ts', '--pack'], { cwd: projectRoot, stdio: 'ignore' })
    const { version }: { version: string } = JSON.parse(readFileSync(join(projectRoot, 'dist/package.json'), 'utf8'))
    tarball = join(projectRoot, `dist/genever-${version}.tgz`)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const { kind, runtime } of rows) {
    it(`makes a ${kind} for ${runtime} that installs, passes its checks and tests, answers, and stops`, async () => {
      const name = `${kind}-on-${runtime}`
      const project = join(folder, name)
      const options = ['--from', tarball, '--runtime', runtime, ...(kind === 'workspace' ? ['--workspace'] : [])]
      run(folder, 'node', [join(projectRoot, 'dist/cli/main.js'), 'new', name, ...options])
      run(project, 'npm', ['install', '--silent'])
      run(project, 'npm', ['run', '--silent', 'check'])
      run(project, 'npm', ['test', '--silent'])
      await answersAndStops(project, kind)
    })
  }
})

async function answersAndStops(project: string, kind: 'service' | 'workspace'): Promise<void> {
  const [port, adminPort] = [await freePort(), await freePort()]
  if (kind === 'workspace') declarePort(project, port)
  const child = spawn('npm', ['start', '--silent'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(kind === 'service' && { PORT: String(port), ADMIN_PORT: String(adminPort) }) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  try {
    assert.equal(await answerOf(`http://127.0.0.1:${port}/hello/Ada`), '{"message":"Hello, Ada!"}', output)
    child.kill('SIGTERM')
    assert.equal(await exitOf(child), 0, output)
  } finally {
    child.kill('SIGKILL')
  }
}

function declarePort(project: string, port: number): void {
  const path = join(project, 'genever.json')
  const declaration = JSON.parse(readFileSync(path, 'utf8'))
  declaration.services.gateway.port = port
  writeFileSync(path, JSON.stringify(declaration))
}

async function answerOf(url: string): Promise<string> {
  const giveUpMs = performance.now() + patienceMs
  for (;;) {
    try {
      return await (await fetch(url)).text()
    } catch (error) {
      if (performance.now() > giveUpMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('exit', resolve))
}

function run(cwd: string, command: string, args: readonly string[]): void {
  // A test runner tells those below it that they are its children; these are not.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  execFileSync(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
