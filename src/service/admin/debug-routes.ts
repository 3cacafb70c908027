/**
 * `/debug` on the admin port: what goes on inside of the processes of this service, for whoever `debugAccess` lets in. `?by=NAME`
 * says who asks, for those who read the log; every question is a line of it.
 *
 *   request ─▶ pid=… or all ─▶ DebugSource: this process, or its workers ─▶ answers ─▶ one file, or a list by pid
 *
 *   GET /debug/                               what there is                     GET /debug/stalls?seconds=10&ms=50   what kept the event loop
 *   GET /debug/pprof/profile?seconds=30       CPU, for go tool pprof            GET /debug/handles                   what is open
 *   GET /debug/pprof/heap, allocs?seconds=10  memory, for go tool pprof         GET /debug/runtime                   live, server-sent events
 *   GET /debug/profile.cpuprofile, heap.heapprofile, heap.heapsnapshot          for Chrome; one process
 *
 * A caller who leaves ends what is recorded. Nothing of it is loaded before the first question.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { App } from '../../http/app.ts'
import type { HttpContext } from '../../http/context.ts'
import { preferredMediaType } from '../../http/negotiation/accept.ts'
import type { Reply } from '../../http/reply.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { DebugQuestion, DebugSource } from '../debug/debug-question.ts'
import { debugAccess } from './debug-access.ts'

export interface DebugAdmin {
  readonly service: string
  readonly source: DebugSource
  /** Takes a line for every question. */
  readonly log: Logger
  /** Who may ask; undefined for whoever has the token. */
  readonly networks: readonly string[] | undefined
}

/** What `go tool pprof` asks for when it is not told. */
const usualSeconds = 30
const heapSeconds = 10

export function addDebugRoutes(app: App, admin: DebugAdmin, token: string | undefined): void {
  const routes = app.group('/debug', debugAccess({ token, networks: admin.networks }))
  routes.get('/', (c) => index(c, admin))
  routes.get('/pprof/', (c) => index(c, admin))
  routes.get('/pprof/profile', async (c) => {
    const { answers, startedMs } = await askTimed(c, admin, { kind: 'cpu', seconds: secondsIn(c, usualSeconds) })
    const { cpuPprofFile } = await import('../debug/debug-files.ts')
    return file(c, 'cpu.pb.gz', await cpuPprofFile(answers, startedMs))
  })
  for (const { path, withCollected } of [
    { path: '/pprof/heap', withCollected: false },
    { path: '/pprof/allocs', withCollected: true },
  ]) {
    routes.get(path, async (c) => {
      const { answers, startedMs } = await askTimed(c, admin, allocationQuestion(c, withCollected))
      const { allocationPprofFile } = await import('../debug/debug-files.ts')
      return file(c, `${path.slice(7)}.pb.gz`, await allocationPprofFile(answers, { startedMs, withCollected }))
    })
  }
  routes.get('/profile.cpuprofile', (c) =>
    askOne(c, admin, { kind: 'cpu', seconds: secondsIn(c, usualSeconds) }, 'cpu.cpuprofile'),
  )
  routes.get('/heap.heapprofile', (c) => askOne(c, admin, allocationQuestion(c, false), 'heap.heapprofile'))
  routes.get('/heap.heapsnapshot', (c) => snapshot(c, admin))
  routes.get('/stalls', async (c) => {
    const question = { kind: 'stalls', seconds: secondsIn(c, heapSeconds), detail: numberIn(c, 'ms', 50) } as const
    return c.json(await askAll(c, admin, question))
  })
  routes.get('/handles', async (c) => c.json(await askAll(c, admin, { kind: 'held' })))
  routes.get('/runtime', async (c) => {
    const pids = pidsFor(c, admin)
    tell(c, admin, { kind: 'runtime' }, pids)
    const { runtimeEvents } = await import('../debug/runtime-events.ts')
    return c.sse(runtimeEvents(admin.source, pids, c.signal))
  })
}

function index(c: HttpContext, { service, source }: DebugAdmin): Promise<Reply> {
  return import('./debug-page.ts').then(({ debugHtml, debugText }) => {
    const view = { service, pids: source.pids() }
    const type = preferredMediaType(c.raw.header('accept'), ['text/plain', 'text/html'])
    c.header('content-security-policy', "default-src 'none'")
    return type === 'text/html' ? c.html(debugHtml(view)) : c.text(debugText(view))
  })
}

export interface PidAnswer {
  readonly pid: number
  readonly value: unknown
}

/** Answers of all that were asked. @throws ServiceError of the first one that could not, or `BAD_QUERY` (400). */
async function askAll(c: HttpContext, admin: DebugAdmin, question: DebugQuestion): Promise<readonly PidAnswer[]> {
  const pids = pidsFor(c, admin)
  tell(c, admin, question, pids)
  return Promise.all(pids.map((pid) => askPid(c, admin.source, pid, question)))
}

async function askTimed(c: HttpContext, admin: DebugAdmin, question: DebugQuestion) {
  const startedMs = Date.now()
  return { startedMs, answers: await askAll(c, admin, question) }
}

async function askPid(c: HttpContext, source: DebugSource, pid: number, question: DebugQuestion): Promise<PidAnswer> {
  const outcome = await source.ask(pid, question, c.signal)
  if (outcome.kind === 'value') return { pid, value: outcome.value }
  const { code, message, status } = outcome
  throw new ServiceError(code, message, { status, details: { pid } })
}

/** As a file of one process. */
async function askOne(c: HttpContext, admin: DebugAdmin, question: DebugQuestion, name: string): Promise<Reply> {
  onePid(c, admin)
  const [answer] = await askAll(c, admin, question)
  return file(c, name, Buffer.from(JSON.stringify(answer?.value)), 'application/json')
}

/** Over a file, since it may be larger than what fits into memory beside it. */
async function snapshot(c: HttpContext, admin: DebugAdmin): Promise<Reply> {
  const pid = onePid(c, admin)
  const { PassingFile } = await import('../../platform/passing-file.ts')
  const target = await PassingFile.create()
  try {
    const question = { kind: 'snapshot', path: target.path } as const
    tell(c, admin, question, [pid])
    await askPid(c, admin.source, pid, question)
    c.header('content-disposition', 'attachment; filename="heap.heapsnapshot"')
    return c.stream(await target.take(), { contentType: 'application/json' })
  } catch (error) {
    await target.remove()
    throw error
  }
}

function file(c: HttpContext, name: string, bytes: Uint8Array, contentType = 'application/octet-stream'): Reply {
  c.header('content-disposition', `attachment; filename="${name}"`)
  return c.bytes(bytes, contentType)
}

function allocationQuestion(c: HttpContext, withCollected: boolean): DebugQuestion {
  return { kind: 'allocations', seconds: secondsIn(c, heapSeconds), detail: withCollected ? 1 : 0 }
}

/** @throws ServiceError `BAD_QUERY` (400) for a process that is none of this service. */
function pidsFor(c: HttpContext, { source }: DebugAdmin): readonly number[] {
  const all = source.pids()
  const asked = c.raw.query('pid') ?? 'all'
  if (asked === 'all') return all
  if (all.includes(Number(asked))) return [Number(asked)]
  throw badQuery(`pid: expected one of ${all.join(', ')}, or 'all'.`)
}

/** @throws ServiceError `BAD_QUERY` (400) if there are several to choose from. */
function onePid(c: HttpContext, admin: DebugAdmin): number {
  const [pid, other] = pidsFor(c, admin)
  if (pid !== undefined && other === undefined) return pid
  throw badQuery(`pid: this is of one process only; choose one of ${admin.source.pids().join(', ')}.`)
}

function secondsIn(c: HttpContext, usual: number): number {
  return numberIn(c, 'seconds', usual)
}

/** What is no number is refused by what takes it. */
function numberIn(c: HttpContext, name: string, usual: number): number {
  const text = c.raw.query(name)
  return text === undefined ? usual : Number(text)
}

function tell(c: HttpContext, { log }: DebugAdmin, question: DebugQuestion, pids: readonly number[]): void {
  const by = (c.raw.query('by') ?? 'admin').slice(0, 100)
  const seconds = 'seconds' in question ? question.seconds : undefined
  const what = { question: question.kind, ...(seconds !== undefined && { seconds }) }
  log.warn('a look inside was asked for', { ...what, pids, by, address: c.ip })
}

function badQuery(message: string): ServiceError {
  return new ServiceError('BAD_QUERY', message, { status: 400 })
}
