/** The declarations that a command is about: of files that make services, or of all services of a workspace. */
import { join } from 'node:path'
import { loadWorkspace, workspaceFile } from '../orchestrator/workspace.ts'
import { pathExists } from '../platform/folders.ts'
import type { ServiceDeclaration } from '../service/declaration.ts'
import { loadService } from './load-service.ts'

/**
 * @param paths Files, and folders with a `genever.json`; none stands for the workspace in this folder.
 * @throws ServiceError as `loadService` and `loadWorkspace`.
 */
export async function loadDeclarations(paths: readonly string[]): Promise<ServiceDeclaration[]> {
  const declarations: ServiceDeclaration[] = []
  for (const path of paths.length === 0 ? ['.'] : paths) {
    // One after the other: which service a file makes is seen by what comes into being while it loads.
    for (const file of await filesOf(path, paths.length === 0)) declarations.push((await loadService(file)).declaration)
  }
  return declarations
}

async function filesOf(path: string, mustBeWorkspace: boolean): Promise<readonly string[]> {
  if (!mustBeWorkspace && !(await pathExists(join(path, workspaceFile)))) return [path]
  const { directory, services } = await loadWorkspace(path)
  return services.map(({ entry }) => join(directory, entry))
}
