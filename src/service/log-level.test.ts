import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import { createService } from './service.ts'

const token = 'the-token-of-operators'

async function started(log = createJsonLogger({ sink: new MemorySink() })) {
  const service = createService({ name: 'orders', shutdown: { unreadyMs: 0 }, middleware: false })
  const running = await service.start({ adminToken: token, log })
  const ask = async (method: string, body?: unknown, auth = `Bearer ${token}`) => {
    const answer = await fetch(`${running.adminUrl}/log-level?by=ada`, {
      method,
      headers: { authorization: auth, connection: 'close' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { service, running, ask }
}

describe('the level of the log', () => {
  it('is changed while the service runs, and a line says by whom', async () => {
    const sink = new MemorySink()
    const { service, running, ask } = await started(createJsonLogger({ sink }))
    service.log.debug('not written')
    assert.deepEqual((await ask('PUT', { level: 'debug' })).body, { level: 'debug' })
    service.log.debug('written')
    assert.equal((await ask('GET')).body.level, 'debug')
    const [change, line] = sink.records
    const { message, from, to, by, address } = change ?? {}
    assert.deepEqual(
      { message, from, to, by, address },
      { message: 'log level changed', from: 'info', to: 'debug', by: 'ada', address: '127.0.0.1' },
    )
    assert.equal(line?.message, 'written')
    await running.stop()
  })

  it('goes back by itself when its time is over', async () => {
    const { service, running, ask } = await started()
    const { body } = await ask('PUT', { level: 'debug', durationMs: 60_000 })
    assert.equal(body.level, 'debug')
    assert.equal(body.next, 'info')
    await service.setLogLevel('trace', 10)
    for (let n = 0; n < 200 && service.log.level === 'trace'; n++)
      await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(service.log.level, 'info', 'the level from before both changes')
    await running.stop()
  })

  const refusals = [
    {
      method: 'GET',
      body: undefined,
      auth: 'Bearer wrong',
      status: 401,
      code: 'UNAUTHENTICATED',
      why: 'not the token',
    },
    { method: 'PUT', body: { level: 'loud' }, status: 400, code: 'BAD_LOG_LEVEL', why: 'no such level' },
    { method: 'PUT', body: { level: 'info', durationMs: -1 }, status: 400, code: 'BAD_LOG_LEVEL', why: 'no duration' },
  ]
  for (const { method, body, auth, status, code, why } of refusals) {
    it(`is left as it is: ${why}`, async () => {
      const { running, ask } = await started()
      const answer = await ask(method, body, auth)
      assert.deepEqual({ status: answer.status, code: answer.body.code }, { status, code })
      await running.stop()
    })
  }

  it('cannot be changed for a logger that has no setLevel', async () => {
    const { running, ask } = await started(noopLogger as ReturnType<typeof createJsonLogger>)
    const answer = await ask('PUT', { level: 'debug' })
    assert.deepEqual({ status: answer.status, code: answer.body.code }, { status: 409, code: 'LOG_LEVEL_FIXED' })
    await running.stop()
  })
})
