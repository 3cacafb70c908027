/** The part of the `ioredis` package that is used here, and the way to it. Only this folder knows the library. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { DriverStream } from './turn-cork.ts'

export interface DriverPackage {
  Redis: new (options: Record<string, unknown>) => DriverClient
  Cluster: new (nodes: readonly object[], options: Record<string, unknown>) => DriverCluster
}

/** One server, the master that sentinels name, or a cluster. */
export interface DriverClient {
  readonly status: string
  /** The connection's socket; none in a cluster, or before it connects. */
  readonly stream?: DriverStream | null
  connect(): Promise<void>
  disconnect(reconnect?: boolean): void
  call(name: string, args: readonly DriverArgument[]): Promise<unknown>
  callBuffer(name: string, args: readonly DriverArgument[]): Promise<unknown>
  pipeline(commands: readonly (readonly unknown[])[]): DriverPipeline
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  ping(): Promise<unknown>
  on(event: string, listener: (...values: never[]) => void): this
  removeAllListeners(): this
}

export interface DriverCluster extends DriverClient {
  nodes(role: 'master' | 'all'): readonly { readonly options: { readonly host?: string; readonly port?: number } }[]
}

export interface DriverPipeline {
  exec(): Promise<readonly (readonly [error: Error | null, reply: unknown])[] | null>
}

export type DriverArgument = string | number | Buffer

/** @throws ServiceError `REDIS_NOT_INSTALLED`. */
export async function loadDriver(): Promise<DriverPackage> {
  try {
    const { Redis, Cluster } = (await import('ioredis')) as unknown as DriverPackage
    return { Redis, Cluster }
  } catch (cause) {
    const message = 'Redis is spoken to by the package ioredis, which is not installed: npm install ioredis.'
    throw new ServiceError('REDIS_NOT_INSTALLED', message, { cause })
  }
}
