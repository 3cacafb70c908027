/**
 * Thread: a module that runs on a core of its own, with a heap of its own; messages are the only way in and out.
 *
 *   startThread(module) ◀──onMessage── post ◀─ parentThread() (inside the module)
 *                       ──post──▶ onMessage
 *                       ◀──ended { error? }──
 *
 * Messages are cloned (structured clone), except for what is named in `transfer`, which changes hands without a copy.
 */
import type { Transferable, Worker } from 'node:worker_threads'
import { builtinModule } from './builtin-module.ts'
import { errorFrom } from './thrown-error.ts'

export interface ThreadOptions<Outgoing> {
  /** What runs: `new URL('hash-thread.ts', import.meta.url)`, say. */
  module: URL
  /** For the module to find as `parentThread().input`; cloned. */
  input?: unknown
  /** Shown by debuggers. */
  name?: string
  /** Most that its heap of JavaScript may hold, in MiB; beyond it the thread ends with an error. Node.js only. Default: the runtime's. */
  maxHeapMb?: number
  onMessage?(message: Outgoing): void
}

export interface Thread<Incoming> {
  post(message: Incoming, transfer?: readonly Transferable[]): void
  /** Whether the thread keeps the process alive. It does until told otherwise. */
  hold(holds: boolean): void
  /** Resolves when the thread is over, however that came. Never rejects. */
  readonly ended: Promise<ThreadEnd>
  /** Stops it in the middle of whatever it does. Resolves when it is over. */
  terminate(): Promise<void>
}

export interface ThreadEnd {
  /** What it threw and did not catch, or why it could not start. */
  readonly error: Error | undefined
}

/** Starts at once. A module that cannot be loaded ends the thread with an error. The thread keeps the process alive, see `hold`. */
export function startThread<Incoming = unknown, Outgoing = unknown>({
  module,
  input,
  name,
  maxHeapMb,
  onMessage,
}: ThreadOptions<Outgoing>): Thread<Incoming> {
  const { Worker } = builtinModule('node:worker_threads')
  const worker = new Worker(module, {
    workerData: input,
    ...(name !== undefined && { name }),
    ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
  })
  if (onMessage) worker.on('message', onMessage)
  const ended = endOf(worker)
  return {
    ended,
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    hold: (holds) => (holds ? worker.ref() : worker.unref()),
    async terminate() {
      // Somebody awaits the end, so the process must not be over before it.
      worker.ref()
      await worker.terminate()
      await ended
    },
  }
}

function endOf(worker: Worker): Promise<ThreadEnd> {
  let error: Error | undefined
  worker.on('error', (thrown: unknown) => {
    error ??= errorFrom(thrown)
  })
  return new Promise((resolve) => worker.once('exit', () => resolve({ error })))
}

export interface ParentThread<Incoming, Outgoing> {
  /** What `startThread` was given. */
  readonly input: unknown
  post(message: Outgoing, transfer?: readonly Transferable[]): void
  /** Keeps the thread alive until it unsubscribes. Returns its own unsubscribe. */
  onMessage(listener: (message: Incoming) => void): () => void
}

/** The other end, for a module that `startThread` started; undefined on the main thread. */
export function parentThread<Incoming = unknown, Outgoing = unknown>(): ParentThread<Incoming, Outgoing> | undefined {
  const { parentPort: port, workerData } = builtinModule('node:worker_threads')
  if (port === null) return undefined
  return {
    input: workerData,
    post: (message, transfer = []) => port.postMessage(message, [...transfer]),
    onMessage(listener) {
      port.on('message', listener)
      return () => port.off('message', listener)
    },
  }
}
