/**
 * Shutdown: how the time between the signal and the exit is divided.
 *
 *   signal ──unreadyMs──▶ ──finishMs──▶ ──the rest──▶ graceMs: the process is gone, whatever hangs
 *           serves on,      answers say    components
 *           says unready    close, work    stop
 *                           ends
 */
import type { Shutdown } from './service-options.ts'

export interface ShutdownPlan {
  readonly unreadyMs: number
  /** How long idle connections are kept once answers say `Connection: close`; part of `finishMs`. */
  readonly lingerMs: number
  /** For requests and other work under way; what is not done by then is dropped. */
  readonly finishMs: number
  /** From the signal on: the process ends itself, because at `graceMs` it would be killed without a word. */
  readonly exitMs: number
}

/** Connections that are used from time to time must get to hear it. Where nobody waits for balancers, nobody waits for these. */
const maxLingerMs = 2_000
/** What hangs must not take the time that components need to close in an orderly way. */
const stopShare = 0.1
const maxStopMs = 3_000
/** Between our own end and being killed, for a machine that is slow at that moment. */
const exitShare = 0.02
const maxExitMarginMs = 500

export function planShutdown({ graceMs, unreadyMs }: Shutdown): ShutdownPlan {
  const exitMs = graceMs - Math.min(maxExitMarginMs, graceMs * exitShare)
  const stopMs = Math.min(maxStopMs, graceMs * stopShare)
  const finishMs = Math.max(0, exitMs - unreadyMs - stopMs)
  const lingerMs = unreadyMs === 0 ? 0 : Math.min(maxLingerMs, finishMs / 4)
  return { unreadyMs, lingerMs, finishMs, exitMs }
}

/** Between the end of a worker and that of its supervisor, which has to tell how it went. */
const supervisorShare = 0.05
const maxSupervisorMs = 500

/** What is left for a worker when its supervisor has waited until balancers noticed. */
export function planWorkerShutdown({ unreadyMs, lingerMs, finishMs, exitMs }: ShutdownPlan): ShutdownPlan {
  const leftMs = exitMs - unreadyMs
  const ownMs = leftMs - Math.min(maxSupervisorMs, leftMs * supervisorShare)
  return { unreadyMs: 0, lingerMs, finishMs: Math.min(finishMs, ownMs), exitMs: ownMs }
}
