/**
 * A dashboard's process under 1,000 spans a second as they really come: its memory, its CPU time, the size of its file.
 *
 *   node benchmarks/dashboard/live.ts [seconds, default 60] [spans a second, default 1000] [runtime, default the present one]
 *
 * Four senders post a batch each second, as OTLP in JSON, which costs the receiver more than protobuf. Nothing may be refused.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const [seconds, perSecond] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 1_000)]
const command = process.argv[4] ?? process.execPath
const folder = mkdtempSync(join(tmpdir(), 'genever-live-'))
const file = join(folder, 'dashboard.db')
const token = crypto.randomUUID()
const cli = new URL('../../src/cli/main.ts', import.meta.url).pathname

const child = spawn(command, [cli, 'dashboard', '--port', '0', '--data', file], {
  env: { ...process.env, DASHBOARD_TOKEN: token },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const url = await new Promise<string>((resolve, reject) => {
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
    const [, found] = /dashboard {2}(http\S+)\/#/.exec(text) ?? []
    if (found !== undefined) resolve(found)
  })
  child.on('exit', () => reject(new Error(text)))
})

const facts = (): { rssMb: number; cpuMs: number } => {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return { rssMb: (Number(stat[21]) * 4_096) / 1e6, cpuMs: (Number(stat[11]) + Number(stat[12])) * 10 }
}
/** Of the trace that is being made. */
let [trace, parent] = ['', '']
const before = facts()
let [sent, highestMb] = [0, 0]
const begunMs = performance.now()
for (let second = 0; second < seconds; second++) {
  await Promise.all(['gateway', 'orders', 'inventory', 'users'].map((service) => send(service, perSecond / 4)))
  highestMb = Math.max(highestMb, facts().rssMb)
  await sleep(Math.max(0, begunMs + (second + 1) * 1_000 - performance.now()))
}
const cpuShare = (facts().cpuMs - before.cpuMs) / (performance.now() - begunMs)
child.kill('SIGTERM')
await new Promise((resolve) => child.on('exit', resolve))
const fileMb = statSync(file).size / 1e6
const round = (value: number): number => Math.round(value * 10) / 10
console.log(
  JSON.stringify({
    ...{ seconds, spans: sent, idleMb: round(before.rssMb), highestMb: round(highestMb), fileMb: round(fileMb) },
    ...{ cpuPercentOfOneCore: round(cpuShare * 100), bytesPerSpan: round((fileMb * 1e6) / sent) },
    hourMb: round(highestMb + (fileMb / sent) * perSecond * 3_600),
  }),
)
rmSync(folder, { recursive: true, force: true })

async function send(service: string, count: number): Promise<void> {
  const spans = Array.from({ length: count }, (_, at) => spanOf(service, at))
  const resource = {
    attributes: [attribute('service.name', service), attribute('service.instance.id', `${service}-1`)],
  }
  const answer = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'genever' }, spans }] }] }),
  })
  if ((await answer.text()) !== '{}') throw new Error(`refused: ${answer.status}`)
  sent += count
}

/** Ten spans to a trace, each with what a request or a query says of itself. */
function spanOf(service: string, at: number): object {
  if (at % 10 === 0) [trace, parent] = [hex(16), '']
  const [spanId, startMs] = [hex(8), Date.now() - Math.random() * 100]
  const path = `/orders/${hex(8)}`
  const span = {
    ...{
      traceId: trace,
      spanId,
      parentSpanId: parent,
      kind: at % 10 === 0 ? 2 : at % 3,
      name: at % 10 === 0 ? 'GET /orders/:id' : 'SELECT orders',
    },
    startTimeUnixNano: `${Math.round(startMs * 1_000)}000`,
    endTimeUnixNano: `${Math.round((startMs + Math.random() * 30) * 1_000)}000`,
    attributes: [
      ...[attribute('http.request.method', 'GET'), attribute('http.route', '/orders/:id'), attribute('url.path', path)],
      ...[attribute('server.address', '127.0.0.1'), { key: 'server.port', value: { intValue: '8080' } }],
      ...[
        attribute('user_agent.original', 'genever/0.1'),
        { key: 'http.response.status_code', value: { intValue: '200' } },
      ],
      ...[attribute('network.protocol.version', '1.1'), attribute('url.scheme', 'http'), attribute('worker', service)],
    ],
    status: {},
  }
  if (at % 10 === 0) parent = spanId
  return span
}

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } }
}

function hex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}
