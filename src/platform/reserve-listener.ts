/**
 * ReservedListener: one address for several worker processes, held by their supervisor.
 *
 *   supervisor: reserveListener ─▶ fd ──spawnProcess({ inherit: [fd] })──▶ worker: listen({ fd: 3 }) ─▶ accepts
 *
 * All workers accept from one queue in the kernel, which belongs to the supervisor as well: a worker that closes its
 * listener and leaves takes no waiting connection with it, and whoever is idle gets the next one. With SO_REUSEPORT
 * (`sharedPort`) each worker has a queue of its own instead, and what waits there is reset when the worker leaves, unless
 * the kernel is told to hand it over (Linux ≥ 5.14 with the sysctl `net.ipv4.tcp_migrate_req` = 1).
 *
 * So: where `canInheritListener` says no, never recycle one worker of several alone.
 */
import { runtimeName } from './runtime.ts'

export interface ReserveOptions {
  /** Address to bind; default `127.0.0.1`. */
  host?: string
  /** Port to bind; 0 (the default) takes a free one. */
  port?: number
}

export interface ReservedListener {
  /** The socket to inherit. The supervisor itself never accepts from it. */
  readonly fd: number
  readonly host: string
  readonly port: number
  /** Gives the address up; workers that hold the socket go on accepting. */
  close(): void
}

/**
 * Whether workers can inherit one listening socket: on Bun wherever `bun:ffi` reaches the C library, on Node.js since 26.4
 * (and 24.21).
 */
export async function canInheritListener(): Promise<boolean> {
  const { canInheritListener } = await implementation()
  return canInheritListener()
}

/**
 * Binds the address without accepting. On Node.js connections are refused until the first worker listens, on Bun they
 * wait for it.
 *
 * @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`, naming the address; `NOT_SUPPORTED` where
 *   `canInheritListener` is false.
 */
export async function reserveListener(options: ReserveOptions = {}): Promise<ReservedListener> {
  const { reserveListener } = await implementation()
  return reserveListener(options)
}

interface Implementation {
  canInheritListener(): boolean
  reserveListener(options: ReserveOptions): ReservedListener | Promise<ReservedListener>
}

function implementation(): Promise<Implementation> {
  return runtimeName === 'bun' ? import('./bun/reserve-listener.ts') : import('./node/reserve-listener.ts')
}
