/** `genever dev` with real processes: what changes is restarted, what dies comes back, nothing stays behind. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))
const cli = join(projectRoot, 'src/cli/main.ts')
const patienceMs = 20_000

for (const runtime of ['bun', 'node'] as const) {
  describe(`genever dev on ${runtime}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'genever-dev-'))
    const project = join(folder, 'greet')
    const service = join(project, 'greetings/service.ts')
    let child: ChildProcess
    let output = ''

    /** Resolves with what `pattern` finds in the output after `act`, and how long that took. */
    async function printed(pattern: RegExp, act: () => void): Promise<{ match: RegExpMatchArray; tookMs: number }> {
      const from = output.length
      const begunMs = performance.now()
      act()
      for (;;) {
        const match = output.slice(from).match(pattern)
        const tookMs = performance.now() - begunMs
        if (match !== null) return { match, tookMs }
        if (tookMs > patienceMs) throw new Error(`${pattern} was not printed:\n${output}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }

    async function greeting(): Promise<string> {
      const gateway = output.match(/gateway +(http\S+)/)?.[1]
      const answer = await fetch(`${gateway}/hello/Ada`)
      return ((await answer.json()) as { message: string }).message
    }

    function edit(change: (text: string) => string): void {
      writeFileSync(service, change(readFileSync(service, 'utf8')))
    }

    before(async () => {
      execFileSync('node', [cli, 'new', 'greet', '--workspace', '--runtime', runtime], { cwd: folder })
      mkdirSync(join(project, 'node_modules'))
      symlinkSync(projectRoot, join(project, 'node_modules/genever'))
      symlinkSync(join(projectRoot, 'node_modules/zod'), join(project, 'node_modules/zod'))
      const declaration = join(project, 'genever.json')
      writeFileSync(declaration, readFileSync(declaration, 'utf8').replace(', "port": 8080', ''))
      await printed(/All 2 services are ready[\s\S]*gateway +http\S+\n/, () => {
        child = spawn('node', [cli, 'dev'], { cwd: project, env: { ...process.env, NO_COLOR: '1' } })
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => (output += piece))
      })
    })
    after(() => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })

    it('starts the services, which find each other', async () => {
      assert.equal(await greeting(), 'Hello, Ada!')
    })

    it('restarts what changes, and is ready again in under a second', async () => {
      const tookMs: number[] = []
      // The best of three: others use the machine too.
      for (const words of ['Good morning', 'Good evening', 'Good day']) {
        const restarted = await printed(/restarting: greetings\/service\.ts changed[\s\S]*greetings · ready/, () =>
          edit((text) => text.replace(/en: '.*?'/, `en: '${words}'`)),
        )
        assert.equal(await greeting(), `${words}, Ada!`)
        tookMs.push(restarted.tookMs)
      }
      assert.ok(Math.min(...tookMs) < 1_000, `it took ${tookMs.map(Math.round).join(', ')} ms`)
    })

    it('says what is wrong with a source that does not load, and goes on when it is corrected', async () => {
      await printed(/greetings · crashed: exit code 1/, () => edit((text) => `${text}\nthis is no program`))
      await printed(/greetings · ready/, () => edit((text) => text.replace('\nthis is no program', '')))
      assert.equal(await greeting(), 'Good day, Ada!')
    })

    it('brings back a service that was killed', async () => {
      const pid = pidOf(join(project, 'greetings/main.ts'), project)
      await printed(/greetings · crashed: signal SIGKILL[\s\S]*greetings · ready/, () => process.kill(pid, 'SIGKILL'))
      assert.equal(await greeting(), 'Good day, Ada!')
    })

    it('ends on SIGINT, and its services with it', async () => {
      const exit = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGINT')
      assert.equal(await exit, 0, output)
      assert.throws(() => pidOf('main.ts', project), /nobody runs/)
    })
  })
}

/** The process in this folder whose command ends with the file. */
function pidOf(file: string, folder: string): number {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  const name = file.startsWith(folder) ? file.slice(folder.length + 1) : file
  const found = lines.find((line) => line.endsWith(name) && cwdOf(Number.parseInt(line, 10)) === folder)
  if (found === undefined) throw new Error(`nobody runs ${name}`)
  return Number.parseInt(found, 10)
}

function cwdOf(pid: number): string {
  try {
    return execFileSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
