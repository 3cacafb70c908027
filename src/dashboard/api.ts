/**
 * The dashboard's API as a contract: what the browser app and any script may ask.
 *
 *   import type { DashboardApi, TraceView } from 'genever/dashboard'    types alone cost a bundle nothing
 *   import { dashboardApi } from '…/src/dashboard/api.ts'               methods and paths, without a server behind them
 *
 * To work on the browser app:
 *
 *   node src/cli/main.ts dashboard --token 0123456789abcdef       serves dashboard-ui/ as it is on the disk; no data yet
 *   node examples/26-dashboard/feed.ts http://127.0.0.1:4318      sends traces, logs and metrics of four services, for ever
 *   npm start                                                     the real thing: the shop with its dashboard
 *
 * - All paths begin with `/api/`; any other path without a file behind it answers the app's `index.html` (deep links).
 * - The printed link is `http://127.0.0.1:PORT/#token=TOKEN`. The app takes the token out of the fragment, sends it to
 *   `openSession`, and replaces the address by one without it (`history.replaceState`). The cookie does the rest; a script
 *   sends `Authorization: Bearer TOKEN`. A 401 means: ask the visitor for the token, or to open the printed link again.
 * - Errors are RFC 9457 problems: `{ type, title, status, detail, code, … }`; programs branch on `code`.
 * - Requests are checked: a parameter that is not known, or is out of range, is 400 `VALIDATION_FAILED`.
 * - The page's Content-Security-Policy is `default-src 'self'`; scripts and styles are files, none is inline; styles that
 *   scripts set (`element.style`, as uPlot does) work, attributes `style="…"` in HTML do not.
 * - Points in time are milliseconds since the Unix epoch, durations milliseconds, shares from 0 to 1, unless said otherwise.
 */
import { defineApi } from '../api/define-api.ts'
import { type ConfigApi, configApi } from './contract/config.ts'
import { type EventsApi, eventsApi } from './contract/events.ts'
import { type FaultsApi, faultsApi } from './contract/faults.ts'
import { type LogsApi, logsApi } from './contract/logs.ts'
import { type MessagesApi, messagesApi } from './contract/messages.ts'
import { type MetricsApi, metricsApi } from './contract/metrics.ts'
import { type RoutesApi, routesApi } from './contract/routes.ts'
import { type SagasApi, sagasApi } from './contract/sagas.ts'
import { type SchedulesApi, schedulesApi } from './contract/schedules.ts'
import { type ServicesApi, servicesApi } from './contract/services.ts'
import { type SessionApi, sessionApi } from './contract/session.ts'
import { type SloApi, sloApi } from './contract/slo.ts'
import { type TopologyApi, topologyApi } from './contract/topology.ts'
import { type TracesApi, tracesApi } from './contract/traces.ts'

export type DashboardApi = SessionApi &
  ServicesApi &
  TopologyApi &
  TracesApi &
  LogsApi &
  MetricsApi &
  RoutesApi &
  SloApi &
  ConfigApi &
  FaultsApi &
  MessagesApi &
  SagasApi &
  SchedulesApi &
  EventsApi

export const dashboardApi: DashboardApi = defineApi({
  ...sessionApi,
  ...servicesApi,
  ...topologyApi,
  ...tracesApi,
  ...logsApi,
  ...metricsApi,
  ...routesApi,
  ...sloApi,
  ...configApi,
  ...faultsApi,
  ...messagesApi,
  ...sagasApi,
  ...schedulesApi,
  ...eventsApi,
})
