/**
 * Live events: one stream of server-sent events for the whole app, opened when the session is.
 *
 *   /api/events ─▶ EventSource ─▶ listeners by kind        the browser connects again by itself, with Last-Event-ID
 *                       └─▶ link: connecting │ live │ lost
 */
import type { DashboardEvent, DashboardEventKind } from '../../../src/dashboard/contract/events.ts'
import { type Signal, signalOf } from './signal.ts'

export type LinkState = 'connecting' | 'live' | 'lost'
type EventOf<K extends DashboardEventKind> = Extract<DashboardEvent, { readonly kind: K }>
type Listener = (event: DashboardEvent) => void

export const link: Signal<LinkState> = signalOf<LinkState>('connecting')
const listeners = new Map<DashboardEventKind, Set<Listener>>()
const retryMs = 3_000
let source: EventSource | undefined

export function connect(): void {
  if (source !== undefined) return
  const opened = new EventSource('/api/events')
  source = opened
  opened.onopen = () => link.set('live')
  opened.onmessage = ({ data }: MessageEvent<string>) => announce(JSON.parse(data))
  opened.onerror = () => {
    link.set('lost')
    if (opened.readyState === EventSource.CLOSED) reconnectLater()
  }
}

export function disconnect(): void {
  source?.close()
  source = undefined
  link.set('connecting')
}

/** Returns its own end. */
export function onEvent<K extends DashboardEventKind>(kind: K, listener: (event: EventOf<K>) => void): () => void {
  const own = listeners.get(kind) ?? new Set<Listener>()
  listeners.set(kind, own)
  own.add(listener as Listener)
  return () => void own.delete(listener as Listener)
}

function announce(event: DashboardEvent): void {
  for (const listener of listeners.get(event.kind) ?? []) listener(event)
}

function reconnectLater(): void {
  source = undefined
  setTimeout(connect, retryMs)
}
