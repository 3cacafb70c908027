/** Events: what has just changed, so that pages need not ask again and again. */
import { get } from '../../api/define-api.ts'
import { answer, object, optional, text } from '../../schema/shape.ts'
import type { Asked, Stream } from './operations.ts'
import type { ServiceView } from './services.ts'
import type { AuditEntry } from './session.ts'
import type { TraceSummary } from './traces.ts'

/**
 * `service`, `trace` and `audit` carry what changed. `topology`, `metrics`, `logs`, `faults`, `messages` and `sagas` say that asking again is
 * worth it; each comes once a second at most. `gap`: the reader was too slow, or came back too late; ask for everything.
 */
export type DashboardEvent =
  | { readonly kind: 'service'; readonly service: ServiceView }
  | { readonly kind: 'trace'; readonly trace: TraceSummary }
  | { readonly kind: 'audit'; readonly entry: AuditEntry }
  | { readonly kind: 'topology' | 'metrics' | 'logs' | 'faults' | 'messages' | 'sagas' }
  | { readonly kind: 'gap'; readonly missed: number }

export type DashboardEventKind = DashboardEvent['kind']

export type EventsApi = {
  /**
   * Server-sent events, all under the name `message`, so that `EventSource.onmessage` gets them; `kinds` is a list such as
   * `service,trace` (default: all). Every event has an `id:`; after a reconnection (`Last-Event-ID`) those that were missed
   * follow, as far as the last 1,000 hold them, else a `gap`. A `trace` comes when its spans have been quiet for a second.
   */
  readonly watch: Stream<'/api/events', DashboardEvent, Asked<'query', { readonly kinds?: string | undefined }>>
}

export const eventsApi: EventsApi = {
  watch: get('/api/events', {
    query: object({ kinds: optional(text({ max: 200, pattern: /^[a-z]+(,[a-z]+)*$/ })) }),
    stream: answer<DashboardEvent>(),
  }),
}
