/** Readiness: asking a starting service again and again until it says that it can serve. */
import { HttpClient } from '../client/http-client.ts'
import type { Clock } from '../foundation/clock/clock.ts'
import { HeaderList } from '../wire/headers.ts'

/** Short, because it is what a developer waits for after each change; asking costs next to nothing on one machine. */
const pollMs = 25
const answerWithinMs = 2_000

export type Probe = (url: string, signal: AbortSignal) => Promise<boolean>

export interface ReadinessOptions {
  /** Full URL of the probe, such as `http://127.0.0.1:20418/readyz`. */
  url: string
  /** Gives the waiting up. */
  signal: AbortSignal
  clock: Clock
  probe: Probe
}

/** Resolves at the first 200. @throws the signal's reason when it aborts. */
export async function waitUntilReady({ url, signal, clock, probe }: ReadinessOptions): Promise<void> {
  while (!(await probe(url, signal))) await clock.sleep(pollMs, signal)
  signal.throwIfAborted()
}

// Our own client: the runtimes' `fetch` may take a way through a proxy that the environment names, even to this machine.
const http = new HttpClient({ timeoutMs: answerWithinMs })

/** Nobody listening yet is no failure: it means `not ready`. */
export async function httpProbe(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await http.request(url, { headers: HeaderList.from([['connection', 'close']]), signal })
    answer.cancel()
    return answer.status === 200
  } catch {
    return false
  }
}
