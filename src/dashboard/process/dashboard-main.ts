/**
 * The dashboard's own process: begun by an orchestrator, told by it what happens, ended with it.
 *
 *   begin ─▶ Dashboard.start ─▶ listening ─▶ … ─▶ SIGTERM, or the orchestrator is gone ─▶ stop ─▶ exit
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { leaveParent, onParentGone, onParentMessage, sendToParent } from '../../platform/parent-process.ts'
import { exitProcess, onSignal } from '../../platform/signals.ts'
import { preferSmallHeap } from '../../platform/small-heap.ts'
import { createJsonLogger } from '../../telemetry/json-logger.ts'
import { Dashboard, type DashboardOptions } from '../dashboard.ts'
import type { ToDashboard, ToOrchestrator } from '../workspace/link-message.ts'
import { LinkedWorkspace } from '../workspace/linked-workspace.ts'

type Begin = Extract<ToDashboard, { kind: 'begin' }>

const tell = (message: ToOrchestrator): boolean => sendToParent(message)
let workspace: LinkedWorkspace | undefined
let dashboard: Promise<Dashboard> | undefined
let isStopping = false

onParentMessage((message) => {
  const known = message as ToDashboard
  if (known.kind === 'begin') begin(known)
  else workspace?.take(known)
})
onParentGone(() => void stop(0))
onSignal('SIGTERM', () => void stop(0))
// Ctrl-C in a terminal reaches the orchestrator, which ends us last.
onSignal('SIGINT', () => {})

function begin(message: Begin): void {
  if (dashboard !== undefined) return
  const linked = new LinkedWorkspace(message, tell)
  workspace = linked
  dashboard = start(message, linked)
  dashboard.then(
    ({ url }) => {
      for (const [service, line] of message.lines) linked.takeLine(service, line, message.isRepeat)
      tell({ kind: 'listening', url })
    },
    (error: unknown) => {
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
      void stop(1)
    },
  )
}

async function start({ options }: Begin, linked: LinkedWorkspace): Promise<Dashboard> {
  await preferSmallHeap()
  const { adminToken, ...rest } = options
  const log = createJsonLogger({ level: 'info', fields: { service: 'dashboard' } })
  const given: DashboardOptions = { ...rest, workspace: linked, adminToken: adminToken ?? undefined, log }
  try {
    return await Dashboard.start(given)
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'STORE_IN_USE')) throw error
    log.warn('another dashboard has the file open; this one keeps everything in memory', { data: options.data })
    return Dashboard.start({ ...given, data: ':memory:' })
  }
}

async function stop(code: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  await dashboard?.then(
    (running) => running.stop(),
    () => {},
  )
  await leaveParent()
  exitProcess(code)
}
