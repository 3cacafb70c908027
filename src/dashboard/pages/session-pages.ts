/** Session, store, audit and events: the dashboard itself. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { ServerSentEvent } from '../../http/response/server-sent-event.ts'
import type { Handlers } from '../../http/route.ts'
import type { EventsApi } from '../contract/events.ts'
import type { SessionApi, SessionView } from '../contract/session.ts'
import { type EventFeed, maxReaders } from '../live/event-feed.ts'
import { type Access, sessionMs } from '../security/access.ts'
import type { Audit } from '../security/audit.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'
import { heartbeatMs, lastEventId } from './telemetry-pages.ts'

export interface SessionPagesOptions {
  readonly access: Access
  readonly cookieName: string
  readonly session: SessionView
  readonly store: DashboardStore
  readonly audit: Audit
  readonly events: EventFeed
  readonly readers: Readers
}

/** Everything of it but `openSession`, which is for those who have no session yet. */
export function sessionPages(options: SessionPagesOptions): Handlers<Omit<SessionApi, 'openSession'> & EventsApi> {
  const { cookieName, session, store, audit, events, readers } = options
  return {
    readSession: (c) => c.json(session),
    closeSession: (c) => {
      c.cookie(cookieName, '', { maxAgeS: 0, sameSite: 'strict' })
      return c.noContent()
    },
    readStore: (c) => c.json(store.view()),
    listAudit: (c) => c.json({ entries: audit.entries }),
    watch: (c) => {
      const leave = readers.admit()
      const kinds = c.query.kinds === undefined ? undefined : new Set(c.query.kinds.split(','))
      const afterId = lastEventId(c.raw.header('last-event-id'))
      const { signal } = c
      return c.sse(
        (async function* () {
          try {
            for await (const { id, event } of events.read({ kinds, afterId, signal })) {
              yield new ServerSentEvent(event, { id: String(id) })
            }
          } finally {
            leave()
          }
        })(),
        { heartbeatMs },
      )
    },
  }
}

export function openSession({
  access,
  cookieName,
  audit,
}: SessionPagesOptions): Handlers<Pick<SessionApi, 'openSession'>> {
  return {
    openSession: (c) =>
      audit.around(c, 'session.open', '', () => {
        const cookie = access.openSession(c.body.token)
        c.cookie(cookieName, cookie, { sameSite: 'strict', maxAgeS: sessionMs / 1_000 })
        return c.noContent()
      }),
  }
}

/** How many streams are open: a browser with many tabs is fine, a loop that opens them without end is not. */
export class Readers {
  #count = 0

  /** Gives what ends it again. @throws ServiceError `TOO_MANY_READERS` (503) */
  admit(): () => void {
    if (this.#count >= maxReaders) {
      throw new ServiceError('TOO_MANY_READERS', `${maxReaders} streams are open already; close some tabs.`, {
        status: 503,
      })
    }
    this.#count++
    let isIn = true
    return () => {
      if (isIn) this.#count--
      isIn = false
    }
  }
}
