/**
 * Pages: which there are, under which address, and what loads them. The navigation, the palette and the keyboard's `g`
 * read this list; a page that comes with a later part is one more row.
 */
import type { ComponentType } from 'preact'
import type { IconName } from '../parts/icon.tsx'

export interface PageProps {
  /** What the address holds in place of the pattern's parameters. */
  readonly params: Readonly<Record<string, string>>
}

export interface PageEntry {
  readonly name: string
  readonly path: string
  readonly icon: IconName
  /** The key after `g`. */
  readonly key: string
  readonly group: 'System' | 'Telemetry' | 'Tools'
  /** What it answers, in a few words. */
  readonly purpose: string
}

export const pages: readonly PageEntry[] = [
  {
    name: 'Services',
    path: '/services',
    icon: 'services',
    key: 's',
    group: 'System',
    purpose: 'What runs, and how it is',
  },
  { name: 'Topology', path: '/topology', icon: 'topology', key: 't', group: 'System', purpose: 'Who calls whom' },
  {
    name: 'SLO',
    path: '/slo',
    icon: 'slo',
    key: 'o',
    group: 'System',
    purpose: 'Error budgets and how fast they burn',
  },
  {
    name: 'Traces',
    path: '/traces',
    icon: 'traces',
    key: 'r',
    group: 'Telemetry',
    purpose: 'One request across services',
  },
  {
    name: 'Logs',
    path: '/logs',
    icon: 'logs',
    key: 'l',
    group: 'Telemetry',
    purpose: 'What services say, as they say it',
  },
  {
    name: 'Messages',
    path: '/messages',
    icon: 'messages',
    key: 'e',
    group: 'System',
    purpose: 'Groups, lag, and what failed for good',
  },
  {
    name: 'Sagas',
    path: '/sagas',
    icon: 'sagas',
    key: 'x',
    group: 'System',
    purpose: 'Transactions over services, step by step',
  },
  {
    name: 'Schedules',
    path: '/schedules',
    icon: 'schedules',
    key: 'j',
    group: 'System',
    purpose: 'Jobs, their next ticks and how their runs ended',
  },
  { name: 'Metrics', path: '/series', icon: 'metrics', key: 'm', group: 'Telemetry', purpose: 'Any series over time' },
  { name: 'Routes', path: '/routes', icon: 'routes', key: 'u', group: 'Tools', purpose: 'Try a request' },
  {
    name: 'Config',
    path: '/config',
    icon: 'config',
    key: 'c',
    group: 'Tools',
    purpose: 'Settings in effect, and their origin',
  },
  {
    name: 'Faults',
    path: '/faults',
    icon: 'faults',
    key: 'f',
    group: 'Tools',
    purpose: 'Latency, errors and aborts on purpose',
  },
  {
    name: 'Activity',
    path: '/activity',
    icon: 'activity',
    key: 'a',
    group: 'Tools',
    purpose: 'What visitors did, and what is stored',
  },
]

interface Route {
  readonly pattern: string
  load(): Promise<ComponentType<PageProps>>
}

const routes: readonly Route[] = [
  { pattern: '/services', load: async () => (await import('../pages/services/services-page.tsx')).ServicesPage },
  { pattern: '/services/:name', load: async () => (await import('../pages/services/service-page.tsx')).ServicePage },
  { pattern: '/topology', load: async () => (await import('../pages/topology/topology-page.tsx')).TopologyPage },
  { pattern: '/slo', load: async () => (await import('../pages/slo/slo-page.tsx')).SloPage },
  { pattern: '/traces', load: async () => (await import('../pages/traces/traces-page.tsx')).TracesPage },
  { pattern: '/traces/:traceId', load: async () => (await import('../pages/traces/trace-page.tsx')).TracePage },
  {
    pattern: '/traces/:left/compare/:right',
    load: async () => (await import('../pages/traces/compare-page.tsx')).ComparePage,
  },
  { pattern: '/messages', load: async () => (await import('../pages/messages/messages-page.tsx')).MessagesPage },
  { pattern: '/sagas', load: async () => (await import('../pages/sagas/sagas-page.tsx')).SagasPage },
  { pattern: '/sagas/:service/:id', load: async () => (await import('../pages/sagas/saga-page.tsx')).SagaPage },
  {
    pattern: '/schedules',
    load: async () => (await import('../pages/schedules/schedules-page.tsx')).SchedulesPage,
  },
  { pattern: '/logs', load: async () => (await import('../pages/logs/logs-page.tsx')).LogsPage },
  { pattern: '/series', load: async () => (await import('../pages/metrics/metrics-page.tsx')).MetricsPage },
  { pattern: '/routes', load: async () => (await import('../pages/routes/routes-page.tsx')).RoutesPage },
  { pattern: '/config', load: async () => (await import('../pages/config/config-page.tsx')).ConfigPage },
  { pattern: '/faults', load: async () => (await import('../pages/faults/faults-page.tsx')).FaultsPage },
  { pattern: '/activity', load: async () => (await import('../pages/activity/activity-page.tsx')).ActivityPage },
]

export interface FoundRoute {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

export function findRoute(path: string): FoundRoute | undefined {
  const parts = partsOf(path === '/' ? '/services' : path)
  for (const route of routes) {
    const params = matchParts(partsOf(route.pattern), parts)
    if (params !== undefined) return { route, params }
  }
  return undefined
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of pattern.entries()) {
    const value = parts[at] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = value
    else if (part !== value) return undefined
  }
  return params
}

function partsOf(path: string): string[] {
  return path.split('/').filter(Boolean).map(decoded)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
