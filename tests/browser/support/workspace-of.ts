/** A workspace of one service that runs in this process. */
import type { Workspace, WorkspaceService } from '../../../src/dashboard/workspace/workspace.ts'
import type { RunningService } from '../../../src/service/running-service.ts'

export function workspaceOf(name: string, { url, adminUrl }: RunningService): Workspace {
  const service: WorkspaceService = {
    name,
    state: 'ready',
    pid: process.pid,
    url,
    adminUrl,
    restarts: 0,
    lastExit: null,
  }
  return {
    name,
    services: [service],
    onService: () => undefined,
    onOutput: () => undefined,
    control: async () => undefined,
  }
}
