/** WorkerRole: what a supervisor tells a process that it starts, by environment variables that are gone once read. */
import { takeVariable } from '../../platform/environment.ts'

export interface WorkerRole {
  readonly id: number
  /** The descriptor of the listening socket that all workers share; undefined where each binds the port for itself. */
  readonly fd: number | undefined
}

const idVariable = 'GENEVER_WORKER'
const fdVariable = 'GENEVER_WORKER_FD'

/** Undefined in a process that was not started by a supervisor. */
export function takeWorkerRole(): WorkerRole | undefined {
  const id = takeVariable(idVariable)
  const fd = takeVariable(fdVariable)
  return id === undefined ? undefined : { id: Number(id), fd: fd === undefined ? undefined : Number(fd) }
}

export function workerVariables({ id, fd }: WorkerRole): Record<string, string> {
  return { [idVariable]: String(id), ...(fd !== undefined && { [fdVariable]: String(fd) }) }
}
