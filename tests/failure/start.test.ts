/** The start of a service as a process: what it loads, and how it fails. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { killAll, runtimes, startService } from './support/service-process.ts'

after(killAll)

async function loadsNoServer(): Promise<void> {
  const service = await startService('busy', 'node', { UNREADY_MS: '0' })
  await service.untilReady()
  const answer = await fetch(`http://127.0.0.1:${service.port}/modules`)
  const modules = (await answer.json()) as string[]
  assert.ok(modules.includes('NativeModule net'))
  assert.deepEqual(
    modules.filter((name) => /NativeModule (_?http|https|http2)/.test(name)),
    [],
  )
  await service.stop()
}

for (const runtime of runtimes) {
  describe(`start on ${runtime}`, { timeout: 60_000 }, () => {
    if (runtime === 'node') it('loads nothing of the HTTP server that Node.js has', loadsNoServer)

    it('tells every wrong setting and exits 78', async () => {
      const service = await startService('busy', runtime, { PORT: 'eighty', WORKERS: '-1' })
      assert.equal((await service.exited).code, 78)
      const [line = ''] = service.lines
      assert.match(line, /PORT/)
      assert.match(line, /WORKERS/)
    })

    for (const workers of ['1', '2']) {
      it(`names an occupied port and exits 1, with ${workers} worker(s)`, async () => {
        const first = await startService('busy', runtime, { UNREADY_MS: '0' })
        await first.untilReady()
        const second = await startService('busy', runtime, { PORT: String(first.port), WORKERS: workers })
        assert.equal((await second.exited).code, 1)
        assert.match(second.lines.join(), new RegExp(`:${first.port} is occupied`))
        await first.stop()
      })
    }

    it('ends the set when a worker cannot start', async () => {
      const service = await startService('busy', runtime, { WORKERS: '2', FAIL_START: '1' })
      assert.equal((await service.exited).code, 1)
      assert.match(service.lines.join(), /told to fail/)
    })
  })
}
