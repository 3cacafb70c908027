/** Config: the settings in effect and where each comes from. Secrets are hidden where they are, in the service. */
import { get } from '../../api/define-api.ts'
import { answer } from '../../schema/shape.ts'
import type { Get } from './operations.ts'

export interface ServiceConfig {
  readonly service: string
  /** Null where the service could not be asked; `reason` says why. */
  readonly config: ConfigView | null
  readonly reason: string | null
}

export interface ConfigView {
  /** Number of the snapshot in effect; grows when a changed source was accepted. */
  readonly snapshot: number
  /** RFC 3339. */
  readonly acceptedAt: string
  /** Sorted by path: the service's own settings, and below `service.` those of where it runs, such as its ports. */
  readonly settings: readonly SettingView[]
  /** Where settings stand that the schema does not know; they have no effect. */
  readonly unknown: readonly string[]
  /** What is wrong with the latest settings, while an older snapshot stays in effect; empty if nothing is. */
  readonly rejected: readonly { readonly path: string; readonly message: string }[]
}

export interface SettingView {
  /** Such as `database.url`. */
  readonly path: string
  /** `[secret]` where it is not to be shown. */
  readonly value: unknown
  /** Such as `ORDERS__DATABASE__URL` or a file with its line; `default` if the schema put it in. */
  readonly origin: string
  /** Where else it is set, without effect. */
  readonly overridden: readonly string[]
}

export type ConfigApi = {
  readonly listConfig: Get<'/api/config', { readonly services: readonly ServiceConfig[] }>
}

export const configApi: ConfigApi = {
  listConfig: get('/api/config', { responses: { 200: answer() } }),
}
