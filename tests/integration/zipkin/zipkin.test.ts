/** Spans of a real service in a real Zipkin: found by its API, and no harm done when it is killed, silent or restarted. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startZipkin, type ZipkinSystem, zipkinMissing } from '../../../scripts/systems/zipkin.ts'
import { ServiceProcess } from '../../support/service-process.ts'

const file = fileURLToPath(new URL('traced-service.ts', import.meta.url))
/** What the service may hold for its receiver: the queue, a batch that is being put together and two under way. */
const maxWaitingBytes = 1024 * 1024

interface ZipkinSpan {
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly kind?: string
  readonly duration: number
  readonly localEndpoint: { readonly serviceName: string }
  readonly annotations?: readonly { readonly value: string }[]
  readonly tags?: Readonly<Record<string, string>>
}

let zipkin: ZipkinSystem

before(async () => {
  if (zipkinMissing === false) zipkin = await startZipkin()
})
after(() => zipkin?.stop())

/** The trace, once Zipkin has as many spans of it. */
async function traceIn(traceId: string, spans: number): Promise<ZipkinSpan[]> {
  const untilMs = performance.now() + 30_000
  for (;;) {
    const answer = await fetch(`${zipkin.url}/api/v2/trace/${traceId}`, { signal: AbortSignal.timeout(5_000) })
    const found: unknown = answer.ok ? await answer.json() : []
    if (Array.isArray(found) && found.length >= spans) return found
    if (performance.now() > untilMs) throw new Error(`Zipkin has ${JSON.stringify(found)} of ${spans} spans`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A request of a trace with a known id. */
async function order(service: ServiceProcess): Promise<string> {
  const traceId = randomBytes(16).toString('hex')
  const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` }
  const answer = await fetch(`${service.url}/orders/7`, { headers, signal: AbortSignal.timeout(5_000) })
  assert.equal(answer.status, 200)
  await answer.text()
  return traceId
}

/** The longest time that one of so many requests took. */
async function slowest(service: ServiceProcess, requests: number): Promise<number> {
  let slowestMs = 0
  for (let i = 0; i < requests; i++) {
    const startedMs = performance.now()
    await order(service)
    slowestMs = Math.max(slowestMs, performance.now() - startedMs)
  }
  return slowestMs
}

for (const runtime of ['node', 'bun'] as const) {
  describe(`a service on ${runtime} that exports to Zipkin`, { skip: zipkinMissing, timeout: 120_000 }, () => {
    let service: ServiceProcess

    before(async () => {
      const env = {
        OTEL_TRACES_EXPORTER: 'zipkin',
        OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${zipkin.url}/api/v2/spans`,
        OTEL_EXPORTER_ZIPKIN_TIMEOUT: '3000',
      }
      service = await ServiceProcess.start({ runtime, file, env })
    })
    after(() => service.kill())

    it('is found there with all that its spans say', async () => {
      const spans = await traceIn(await order(service), 6)
      const server = spans.find(({ kind }) => kind === 'SERVER')
      assert.equal(server?.name, 'get /orders/:id')
      assert.equal(server?.parentId, 'b'.repeat(16))
      assert.equal(server?.localEndpoint.serviceName, 'orders')
      assert.equal(server?.tags?.['http.route'], '/orders/:id')
      assert.equal(server?.tags?.['http.response.status_code'], '200')
      const steps = spans.filter((span) => span !== server)
      assert.deepEqual(steps.map(({ name }) => name).sort(), ['charge', 'check', 'pack', 'reserve', 'ship'])
      for (const { parentId, annotations, duration } of steps) {
        assert.equal(parentId, server?.id)
        assert.deepEqual(
          annotations?.map(({ value }) => value),
          ['done'],
        )
        assert.ok(duration >= 1)
      }
    })

    it('goes on while Zipkin is killed, holds little, and exports again when it is back', async () => {
      await zipkin.kill()
      assert.ok((await slowest(service, 1_500)) < 2_000)
      assert.ok((await service.sample('telemetry_export_waiting_bytes{signal="traces"}')) < maxWaitingBytes)
      assert.ok((await service.sample('telemetry_export_items_total{signal="traces",outcome="dropped_full"}')) > 0)
      assert.ok((await service.sample('telemetry_export_failures_total{signal="traces"}')) > 0)
      await zipkin.restart()
      await traceIn(await order(service), 6)
    })

    it('goes on while Zipkin is silent, and exports again when it speaks', async () => {
      zipkin.pause()
      const traceId = await order(service)
      assert.ok((await slowest(service, 300)) < 2_000)
      assert.ok((await service.sample('telemetry_export_waiting_bytes{signal="traces"}')) < maxWaitingBytes)
      await new Promise((resolve) => setTimeout(resolve, 3_500))
      zipkin.resume()
      await traceIn(traceId, 6)
    })

    it('hands over what is left when it ends', async () => {
      const traceId = await order(service)
      assert.equal(await service.stop(), 0)
      await traceIn(traceId, 6)
    })
  })

  it(`a service on ${runtime} ends in time, though its receiver is silent`, {
    skip: zipkinMissing,
    timeout: 60_000,
  }, async () => {
    const env = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${zipkin.url}/api/v2/spans` }
    const service = await ServiceProcess.start({ runtime, file, env })
    zipkin.pause()
    try {
      await order(service)
      const startedMs = performance.now()
      await service.stop()
      assert.ok(performance.now() - startedMs < 9_000)
    } finally {
      zipkin.resume()
      service.kill()
    }
  })
}
