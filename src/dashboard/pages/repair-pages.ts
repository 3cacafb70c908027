/** Messages and sagas: what the services' admin ports tell of them, passed on, and what visitors do about them. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Handlers } from '../../http/route.ts'
import type {
  DeadLettersView,
  MessagesView,
  OutboxesView,
  SagasView,
  SagaView,
  Settled,
} from '../../service/operations/operations-api.ts'
import type { MessagesApi, ServiceMessages } from '../contract/messages.ts'
import type { SagasApi, ServiceSagas } from '../contract/sagas.ts'
import type { SessionView } from '../contract/session.ts'
import type { EventFeed } from '../live/event-feed.ts'
import type { Audit } from '../security/audit.ts'
import type { AdminAnswer, AdminClient } from '../workspace/admin-client.ts'
import type { ServiceViews } from '../workspace/service-views.ts'
import type { Workspace } from '../workspace/workspace.ts'

export interface RepairPagesOptions {
  readonly views: ServiceViews
  readonly workspace: Workspace | undefined
  readonly admin: AdminClient
  readonly audit: Audit
  readonly events: EventFeed
  readonly actions: SessionView['actions']
  readonly monotonic: () => number
}

export function repairPages(options: RepairPagesOptions): Handlers<MessagesApi & SagasApi> {
  return { ...messagePages(options), ...sagaPages(options) }
}

function messagePages(options: RepairPagesOptions): Handlers<MessagesApi> {
  const settle = (c: HttpContext, what: 'replay' | 'discard', name: string, body: object & { topic: string }) =>
    change<Settled>(options, c, {
      action: `messages.${what}`,
      target: `${name} ${body.topic}`,
      name,
      path: `/messages/dead-letters/${what}`,
      body,
    })
  return {
    listMessages: async (c) => {
      const found = (options.workspace?.services ?? []).map(({ name, adminUrl }) => messagesOf(options, name, adminUrl))
      return c.json({ services: (await Promise.all(found)).flatMap((service) => service ?? []) })
    },
    readDeadLetters: async (c) =>
      c.json((await read(options, c.params.name, `/messages/dead-letters${searchOf(c.query)}`)) as DeadLettersView),
    replayLetters: async (c) => c.json(await settle(c, 'replay', c.params.name, c.body)),
    discardLetters: async (c) => c.json(await settle(c, 'discard', c.params.name, c.body)),
    retryOutbox: async (c) => {
      const { name } = c.params
      return c.json(
        await change<Settled>(options, c, { action: 'outbox.retry', target: name, name, path: '/outbox/retry' }),
      )
    },
  }
}

function sagaPages(options: RepairPagesOptions): Handlers<SagasApi> {
  const push = (c: HttpContext, what: 'retry' | 'cancel', { name, id }: { name: string; id: string }) =>
    change<SagaView>(options, c, {
      action: `saga.${what}`,
      target: `${name} ${id}`,
      name,
      path: `/sagas/${encodeURIComponent(id)}/${what}`,
    })
  return {
    listSagas: async (c) => {
      const path = `/sagas${searchOf(c.query)}`
      const found = (options.workspace?.services ?? []).map(({ name, adminUrl }) =>
        sagasOf(options, name, adminUrl + path),
      )
      return c.json({ services: (await Promise.all(found)).flatMap((service) => service ?? []) })
    },
    readSaga: async (c) => {
      const { name, id } = c.params
      return c.json((await read(options, name, `/sagas/${encodeURIComponent(id)}${searchOf(c.query)}`)) as SagaView)
    },
    retrySaga: async (c) => c.json(await push(c, 'retry', c.params)),
    cancelSaga: async (c) => c.json(await push(c, 'cancel', c.params)),
  }
}

/** Undefined for a service that has neither groups nor an outbox. */
async function messagesOf(
  { admin }: RepairPagesOptions,
  service: string,
  adminUrl: string,
): Promise<ServiceMessages | undefined> {
  try {
    const [messages, outbox] = await Promise.all([admin.ask(`${adminUrl}/messages`), admin.ask(`${adminUrl}/outbox`)])
    if (messages.status === 404 && outbox.status === 404) return undefined
    return {
      service,
      messages: messages.status === 200 ? (messages.body as MessagesView) : null,
      outboxes: outbox.status === 200 ? (outbox.body as OutboxesView).outboxes : [],
      reason: reasonOf(messages) ?? reasonOf(outbox),
    }
  } catch (error) {
    return { service, messages: null, outboxes: [], reason: messageOf(error) }
  }
}

/** Undefined for a service that has none. */
async function sagasOf({ admin }: RepairPagesOptions, service: string, url: string): Promise<ServiceSagas | undefined> {
  try {
    const answer = await admin.ask(url)
    if (answer.status === 404) return undefined
    return { service, sagas: answer.status === 200 ? (answer.body as SagasView) : null, reason: reasonOf(answer) }
  } catch (error) {
    return { service, sagas: null, reason: messageOf(error) }
  }
}

async function read({ views, admin }: RepairPagesOptions, name: string, path: string): Promise<unknown> {
  const answer = await admin.ask(adminUrlOf(views, name) + path)
  if (answer.status >= 300) throw passedOn(answer)
  return answer.body
}

interface Change {
  readonly action: string
  readonly target: string
  readonly name: string
  readonly path: string
  readonly body?: object
}

async function change<T>(
  { views, admin, audit, events, actions, monotonic }: RepairPagesOptions,
  c: HttpContext,
  { action, target, name, path, body }: Change,
): Promise<T> {
  return await audit.around(c, action, target, async () => {
    if (!actions.repairs) {
      throw new ServiceError(
        'ACTIONS_DISABLED',
        'This dashboard shows and does not act here; see `actions` of its session.',
        { status: 403 },
      )
    }
    const answer = await admin.ask(`${adminUrlOf(views, name)}${path}?by=dashboard`, {
      method: 'POST',
      ...(body !== undefined && { body }),
      timeoutMs: changeMs,
    })
    if (answer.status >= 300) throw passedOn(answer)
    events.hint(action.startsWith('saga') ? 'sagas' : 'messages', monotonic())
    return answer.body as T
  })
}

/** Replaying many letters takes its time. */
const changeMs = 60_000

function adminUrlOf(views: ServiceViews, name: string): string {
  const { adminUrl } = views.view(name)
  if (adminUrl !== null) return adminUrl
  throw new ServiceError(
    'NOT_IN_WORKSPACE',
    'This service is only known by its telemetry; it cannot be reached from here.',
    { status: 404 },
  )
}

function searchOf(query: object): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}

/** Null for what was answered, and for what the service has nothing of. */
function reasonOf({ status, body }: AdminAnswer): string | null {
  if (status === 200 || status === 404) return null
  const { detail } = (body ?? {}) as { detail?: unknown }
  return typeof detail === 'string' ? detail : `The service answered ${status}.`
}

/** What the service says of what it refuses is what the visitor must read. */
function passedOn(answer: AdminAnswer): ServiceError {
  const { code } = (answer.body ?? {}) as { code?: unknown }
  const status = answer.status >= 400 && answer.status < 500 ? answer.status : 502
  return new ServiceError('REPAIR_REFUSED', reasonOf(answer) ?? detailOf(answer), { status, details: { code } })
}

function detailOf({ status, body }: AdminAnswer): string {
  const { detail } = (body ?? {}) as { detail?: unknown }
  return typeof detail === 'string' ? detail : `The service answered ${status}.`
}

function messageOf(error: unknown): string {
  return error instanceof ServiceError ? error.message : 'The service could not be asked.'
}
