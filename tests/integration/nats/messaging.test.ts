/** Messaging over NATS JetStream: the contract of a broker; cut, silent, restarted; several members; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { natsBroker } from 'genever/messaging'
import { createJsonLogger, MemorySink } from 'genever/telemetry'
import { type NatsSystem, natsCanSync, natsMissing, startNats } from '../../../scripts/systems/nats.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { describeLostBroker } from '../support/lost-broker.ts'

describe('messaging over NATS', { skip: natsMissing }, () => {
  let server: NatsSystem
  before(async () => {
    server = await startNats()
  })
  after(() => server.stop())
  describeBroker({ name: 'nats', open: async () => natsBroker({ url: server.url, leaseMs: 3_000 }) })

  describeLostBroker({
    name: 'NATS',
    server: () => server,
    open: (port) => natsBroker({ url: `nats://127.0.0.1:${port}` }),
    openMember: (port) => natsBroker({ url: `nats://127.0.0.1:${port}`, leaseMs: 500 }),
  })

  it('warns of a server that may lose a stream when it crashes', async () => {
    const sink = new MemorySink()
    const broker = natsBroker({ url: server.url, log: createJsonLogger({ sink }) })
    await broker.start()
    const { details } = await broker.health(AbortSignal.timeout(5_000))
    await broker.stop()
    const isOld = String(details?.version).localeCompare('2.10.23', undefined, { numeric: true }) < 0
    assert.equal(JSON.stringify(sink).includes('may lose a stream'), isOld)
  })

  it('warns of a server that answers before it syncs, and of no other', {
    skip: !natsCanSync && 'this NATS is too old',
  }, async () => {
    await using lazy = await startNats({ syncsAlways: false })
    const levels = []
    for (const { url, monitorUrl } of [server, lazy]) {
      const sink = new MemorySink()
      const broker = natsBroker({ url, monitorUrl, log: createJsonLogger({ sink }) })
      await broker.start()
      await broker.stop()
      levels.push(JSON.stringify(sink).includes('may lose acknowledged messages'))
    }
    assert.deepEqual(levels, [false, true])
  })
})
