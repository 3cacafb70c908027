/**
 * Workspace: what the dashboard wants of whoever runs the services. An orchestrator in another process fulfils it through
 * a link; a dashboard that stands alone has none.
 */
import type { OutputLine, ServiceView } from '../contract/services.ts'

export interface WorkspaceService {
  readonly name: string
  readonly state: Exclude<ServiceView['state'], 'seen'>
  readonly pid: number | null
  readonly url: string
  readonly adminUrl: string
  readonly restarts: number
  readonly lastExit: string | null
}

export type ControlAction = 'stop' | 'start' | 'restart'

export interface Workspace {
  readonly name: string
  /** As they are now. */
  readonly services: readonly WorkspaceService[]
  onService(listener: (service: WorkspaceService) => void): void
  /** `isRepeat`: an earlier dashboard was told already. */
  onOutput(listener: (service: string, line: Omit<OutputLine, 'id'>, isRepeat: boolean) => void): void
  /** Resolves once it was told. @throws ServiceError `UNKNOWN_SERVICE`, `ORCHESTRATOR_GONE`. */
  control(service: string, action: ControlAction): Promise<void>
}
