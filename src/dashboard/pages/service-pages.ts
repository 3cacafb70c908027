/** Services, routes, SLO, config and faults: what the services themselves know and do. */
import type { ConfigDescription } from '../../config/describe.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Handlers } from '../../http/route.ts'
import type { ScheduleView } from '../../schedule/schedule-view.ts'
import type { ConfigApi, ConfigView, ServiceConfig } from '../contract/config.ts'
import type { FaultsApi, FaultView, ServiceFaults } from '../contract/faults.ts'
import type { RoutesApi } from '../contract/routes.ts'
import type { SchedulesApi, ServiceSchedule } from '../contract/schedules.ts'
import type { ServicesApi, ServiceView } from '../contract/services.ts'
import type { SessionView } from '../contract/session.ts'
import type { SloApi } from '../contract/slo.ts'
import type { EventFeed } from '../live/event-feed.ts'
import type { Audit } from '../security/audit.ts'
import type { AdminAnswer, AdminClient } from '../workspace/admin-client.ts'
import { objectivesIn } from '../workspace/objectives.ts'
import type { OutputStore } from '../workspace/output-store.ts'
import { routesIn } from '../workspace/routes-in.ts'
import type { ServiceViews } from '../workspace/service-views.ts'
import type { TryClient } from '../workspace/try-client.ts'
import type { ControlAction, Workspace } from '../workspace/workspace.ts'

export interface ServicePagesOptions {
  readonly views: ServiceViews
  readonly workspace: Workspace | undefined
  readonly output: OutputStore
  readonly admin: AdminClient
  readonly tries: TryClient
  readonly audit: Audit
  readonly events: EventFeed
  readonly actions: SessionView['actions']
  readonly monotonic: () => number
}

type ServicePagesApi = ServicesApi & RoutesApi & SchedulesApi & SloApi & ConfigApi & FaultsApi

export function servicePages(options: ServicePagesOptions): Handlers<ServicePagesApi> {
  const { views, output } = options
  return {
    listServices: (c) => c.json({ services: views.list() }),
    readService: async (c) => c.json(await views.detail(c.params.name)),
    readOutput: (c) => {
      views.view(c.params.name)
      return c.json({ lines: output.read(c.params.name, c.query) })
    },
    stopService: async (c) => c.json(await control(options, c, [c.params.name, 'stop']), 202),
    startService: async (c) => c.json(await control(options, c, [c.params.name, 'start']), 202),
    restartService: async (c) => c.json(await control(options, c, [c.params.name, 'restart']), 202),
    listObjectives: async (c) => {
      const reports = await Promise.all(running(options).map(({ name, adminUrl }) => sloOf(options, name, adminUrl)))
      return c.json({ objectives: reports.flat() })
    },
    listConfig: async (c) => {
      return c.json({ services: await Promise.all(running(options).map((service) => configOf(options, service))) })
    },
    listSchedules: async (c) => {
      const found = running(options).map((service) => scheduleOf(options, service))
      return c.json({ services: (await Promise.all(found)).filter(hasJobs) })
    },
    ...routePages(options),
    ...faultPages(options),
  }
}

function routePages({ views, workspace, tries, audit, actions }: ServicePagesOptions): Handlers<RoutesApi> {
  const documentOf = async (url: string): Promise<AdminAnswer> => {
    const answer = await tries.document(`${url}/openapi.json`)
    return answer.status === 200 ? answer : { status: answer.status, body: undefined }
  }
  return {
    listRoutes: async (c) => {
      const services = running({ workspace })
      const found = services.map(async ({ name, url }) => {
        const { body } = await documentOf(url).catch((): AdminAnswer => ({ status: 502, body: undefined }))
        return { service: name, url, hasOpenApi: body !== undefined, routes: routesIn(body) }
      })
      return c.json({ services: await Promise.all(found) })
    },
    readOpenApi: async (c) => {
      const { body } = await documentOf(urlOf(views.view(c.params.name)))
      if (typeof body === 'object' && body !== null) return c.json(body as Readonly<Record<string, unknown>>)
      throw new ServiceError('NO_OPENAPI', 'The service does not serve /openapi.json; `openapi: true` makes it.', {
        status: 404,
      })
    },
    tryRequest: (c) => {
      const { name } = c.params
      const { method, path } = c.body
      return audit.around(c, 'request.try', `${name} ${method} ${path.split('?')[0]}`, async () => {
        allow(actions.requests)
        return c.json(await tries.send(urlOf(views.view(name)), c.body))
      })
    },
  }
}

function faultPages({
  views,
  workspace,
  admin,
  audit,
  actions,
  events,
  monotonic,
}: ServicePagesOptions): Handlers<FaultsApi> {
  const told = (): void => events.hint('faults', monotonic())
  return {
    listFaults: async (c) => {
      const services = running({ workspace })
      const faults = services.map(async ({ name, adminUrl }): Promise<ServiceFaults> => {
        try {
          const { status, body } = await admin.ask(`${adminUrl}/faults`)
          if (status === 200) return { service: name, faults: faultsIn(body), reason: null }
          return { service: name, faults: null, reason: reasonOf(status, body) }
        } catch (error) {
          return { service: name, faults: null, reason: messageOf(error) }
        }
      })
      return c.json({ services: await Promise.all(faults) })
    },
    injectFault: (c) =>
      audit.around(c, 'fault.inject', c.params.name, async () => {
        allow(actions.faults)
        const url = adminUrlOf(views.view(c.params.name))
        const { status, body } = await admin.ask(`${url}/faults?by=dashboard`, { method: 'POST', body: c.body })
        if (status >= 300) throw passedOn(status, body)
        told()
        return c.json(body as FaultView, 201)
      }),
    stopFault: (c) =>
      audit.around(c, 'fault.stop', `${c.params.name} ${c.params.id}`, async () => {
        allow(actions.faults)
        const url = adminUrlOf(views.view(c.params.name))
        const { status, body } = await admin.ask(`${url}/faults/${c.params.id}?by=dashboard`, { method: 'DELETE' })
        if (status >= 300) throw passedOn(status, body)
        told()
        return c.noContent()
      }),
  }
}

async function control(
  { views, workspace, audit, actions }: ServicePagesOptions,
  c: HttpContext,
  [name, action]: readonly [name: string, action: ControlAction],
): Promise<ServiceView> {
  return audit.around(c, `service.${action}`, name, async () => {
    const { canControl } = views.view(name)
    allow(actions.control && canControl && workspace !== undefined)
    await workspace?.control(name, action)
    return views.view(name)
  })
}

/** @throws ServiceError `ACTIONS_DISABLED` (403) */
function allow(isAllowed: boolean): void {
  if (isAllowed) return
  throw new ServiceError(
    'ACTIONS_DISABLED',
    'This dashboard shows and does not act here; see `actions` of its session.',
    {
      status: 403,
    },
  )
}

interface RunningService {
  readonly name: string
  readonly url: string
  readonly adminUrl: string
}

function running({ workspace }: Pick<ServicePagesOptions, 'workspace'>): readonly RunningService[] {
  return workspace?.services ?? []
}

function urlOf({ url }: ServiceView): string {
  if (url !== null) return url
  throw notOfTheWorkspace()
}

function adminUrlOf({ adminUrl }: ServiceView): string {
  if (adminUrl !== null) return adminUrl
  throw notOfTheWorkspace()
}

function notOfTheWorkspace(): ServiceError {
  return new ServiceError(
    'NOT_IN_WORKSPACE',
    'This service is only known by its telemetry; it cannot be reached from here.',
    {
      status: 404,
    },
  )
}

async function sloOf({ admin }: ServicePagesOptions, service: string, adminUrl: string) {
  return objectivesIn(service, await admin.slo(adminUrl))
}

async function configOf({ admin }: ServicePagesOptions, { name, adminUrl }: RunningService): Promise<ServiceConfig> {
  try {
    const { status, body } = await admin.ask(`${adminUrl}/config`)
    if (status === 200) return { service: name, config: configViewOf(body as ConfigDescription), reason: null }
    return { service: name, config: null, reason: reasonOf(status, body) }
  } catch (error) {
    return { service: name, config: null, reason: messageOf(error) }
  }
}

async function scheduleOf(
  { admin }: ServicePagesOptions,
  { name: service, adminUrl }: RunningService,
): Promise<ServiceSchedule> {
  try {
    const { status, body } = await admin.ask(`${adminUrl}/schedule`)
    if (status === 200) return { service, schedule: body as ScheduleView, reason: null }
    return { service, schedule: null, reason: reasonOf(status, body) }
  } catch (error) {
    return { service, schedule: null, reason: messageOf(error) }
  }
}

function hasJobs({ schedule }: ServiceSchedule): boolean {
  return schedule === null || schedule.jobs.length > 0
}

/** What a service leaves out where there is nothing to say is an empty list here. */
function configViewOf({ settings, rejected = [], ...config }: ConfigDescription): ConfigView {
  const whole = settings.map(({ overridden = [], ...setting }) => ({ ...setting, overridden }))
  return { ...config, settings: whole, rejected: rejected.map(({ path, message }) => ({ path, message })) }
}

/** The list stands under `active` in what the service shows. */
function faultsIn(body: unknown): readonly FaultView[] {
  const { active } = (body ?? {}) as { active?: unknown }
  return Array.isArray(active) ? active : []
}

function reasonOf(status: number, body: unknown): string {
  const { detail } = (body ?? {}) as { detail?: unknown }
  if (status === 404) return 'The service has nothing of the kind.'
  return typeof detail === 'string' ? detail : `The service answered ${status}.`
}

/** What the service says of a fault that it refuses is what the visitor must read. */
function passedOn(status: number, body: unknown): ServiceError {
  const { detail, code } = (body ?? {}) as { detail?: unknown; code?: unknown }
  const message = typeof detail === 'string' ? detail : `The service answered ${status}.`
  const known = status >= 400 && status < 500 ? status : 502
  return new ServiceError('FAULT_REFUSED', message, { status: known, details: { code } })
}

function messageOf(error: unknown): string {
  return error instanceof ServiceError ? error.message : 'The service could not be asked.'
}
