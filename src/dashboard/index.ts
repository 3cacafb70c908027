/**
 * Dashboard: everything that services say and do, kept for a while and shown on this machine.
 *
 *   services ──OTLP──▶ receiver ─▶ store (bounded) ─▶ queries ─▶ dashboardApi ──JSON, SSE──▶ browser app, scripts
 *   orchestrator ─▶ states, output, stop and start ─────────────────┘
 */
export { type DashboardApi, dashboardApi } from './api.ts'
export type * from './contract/attributes.ts'
export type * from './contract/config.ts'
export type * from './contract/events.ts'
export type * from './contract/faults.ts'
export type * from './contract/logs.ts'
export type * from './contract/metrics.ts'
export type * from './contract/routes.ts'
export type * from './contract/services.ts'
export type * from './contract/session.ts'
export type * from './contract/slo.ts'
export type * from './contract/topology.ts'
export type * from './contract/traces.ts'
export { Dashboard, type DashboardOptions } from './dashboard.ts'
export { type UiFile, UiFiles } from './ui-files.ts'
export type { ControlAction, Workspace, WorkspaceService } from './workspace/workspace.ts'
