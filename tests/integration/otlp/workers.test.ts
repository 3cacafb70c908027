/** A service of several processes: each of them exports what it has served, and hands it over when it ends. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Agent, get } from 'node:http'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { attributesOf, OtlpReceiver } from '../../support/otlp-receiver.ts'
import { ServiceProcess } from '../../support/service-process.ts'

const file = fileURLToPath(new URL('../zipkin/traced-service.ts', import.meta.url))
const requests = 200

describe('workers', { timeout: 60_000 }, () => {
  for (const runtime of ['node', 'bun'] as const) {
    it(`on ${runtime} export each for themselves, and lose nothing when they are drained`, async () => {
      const receiver = await OtlpReceiver.start()
      const env = {
        WORKERS: '2',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_RESOURCE_ATTRIBUTES: 'region=eu%2Dwest',
      }
      const service = await ServiceProcess.start({ runtime, file, env })
      const asked = new Set<string>()
      for (let i = 0; i < requests; i++) asked.add(await onNewConnection(`${service.url}/orders/${i}`))
      assert.equal(await service.stop(), 0)
      await receiver.stop()

      const spans = Map.groupBy(receiver.spans, ({ traceId }) => traceId)
      assert.deepEqual(new Set(spans.keys()), asked)
      for (const trace of spans.values()) assert.equal(trace.length, 6)
      const resources = receiver.requests.flatMap(({ content }) =>
        (content.resourceSpans ?? []).map(({ resource }) => attributesOf(resource)),
      )
      assert.equal(new Set(resources.map((resource) => resource['service.instance.id'])).size, 2)
      assert.equal(new Set(resources.map((resource) => resource['process.pid'])).size, 2)
      assert.deepEqual([...new Set(resources.map((resource) => resource.region))], ['eu-west'])
    })
  }
})

/** So that either worker may get it. Resolves with the trace's id. */
function onNewConnection(url: string): Promise<string> {
  const traceId = randomBytes(16).toString('hex')
  const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` }
  return new Promise((resolve, reject) => {
    get(url, { agent: new Agent({ keepAlive: false }), headers }, (answer) => {
      answer.resume()
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(traceId) : reject(new Error(String(answer.statusCode))),
      )
    }).on('error', reject)
  })
}
