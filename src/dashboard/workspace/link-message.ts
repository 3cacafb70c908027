/**
 * What the process of the orchestrator and that of the dashboard say to one another.
 *
 *   orchestrator ── begin (options, services, lines) · service · line · controlled ──▶ dashboard
 *                ◀── listening (url) · control · taken (lines) · failed ──────────────
 */
import type { OutputLine } from '../contract/services.ts'
import type { ControlAction, WorkspaceService } from './workspace.ts'

export interface DashboardProcessOptions {
  readonly host: string
  readonly port: number
  readonly token: string
  readonly data: string
  readonly adminToken: string | null
  readonly actions: boolean
  readonly version: string
}

export type WrittenLine = Omit<OutputLine, 'id'>

export type ToDashboard =
  | {
      readonly kind: 'begin'
      readonly options: DashboardProcessOptions
      readonly workspace: string
      readonly services: readonly WorkspaceService[]
      readonly lines: readonly (readonly [service: string, line: WrittenLine])[]
      /** Whether an earlier dashboard was told these lines already, so that its file has them among the logs. */
      readonly isRepeat: boolean
    }
  | { readonly kind: 'service'; readonly service: WorkspaceService }
  | { readonly kind: 'line'; readonly service: string; readonly line: WrittenLine }
  | { readonly kind: 'controlled'; readonly id: number; readonly error: { code: string; message: string } | null }

export type ToOrchestrator =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'control'; readonly id: number; readonly service: string; readonly action: ControlAction }
  /** So many lines were taken since the last time: more may be sent. */
  | { readonly kind: 'taken'; readonly lines: number }
