/**
 * Shutdown: how the time between the signal and the exit is divided.
 *
 *   signal ──unreadyMs──▶ ──finishMs──▶ ──────▶ stopMs ▶ exitMs ▶ graceMs: whoever sent the signal kills the process
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
  /** From the signal on: components that have not stopped by then are left behind. */
  readonly stopMs: number
  /** From the signal on: the process ends itself, whatever hangs. */
  readonly exitMs: number
}

/** Connections that are used from time to time must get to hear it; but nobody waits longer for them than for balancers. */
const maxLingerMs = 2_000
/** What hangs must not take the time that components need to close in an orderly way. */
const componentShare = 0.1
const maxComponentMs = 3_000
/** Between our own end and being killed, and between giving up on components and our end, on a slow machine. */
const marginShare = 0.02
const maxMarginMs = 500

export function planShutdown({ graceMs, unreadyMs }: Shutdown): ShutdownPlan {
  const marginMs = Math.min(maxMarginMs, graceMs * marginShare)
  const exitMs = graceMs - marginMs
  const stopMs = exitMs - marginMs
  const componentMs = Math.min(maxComponentMs, graceMs * componentShare)
  const finishMs = Math.max(0, stopMs - unreadyMs - componentMs)
  const lingerMs = Math.min(maxLingerMs, unreadyMs, finishMs / 4)
  return { unreadyMs, lingerMs, finishMs, stopMs, exitMs }
}

/** What is left for a worker when its supervisor has waited until balancers noticed; the supervisor ends behind it. */
export function planWorkerShutdown({ unreadyMs, lingerMs, finishMs, stopMs, exitMs }: ShutdownPlan): ShutdownPlan {
  const earlierMs = unreadyMs + (exitMs - stopMs)
  return {
    unreadyMs: 0,
    lingerMs,
    finishMs: Math.max(0, finishMs - (exitMs - stopMs)),
    stopMs: Math.max(0, stopMs - earlierMs),
    exitMs: Math.max(0, exitMs - earlierMs),
  }
}
