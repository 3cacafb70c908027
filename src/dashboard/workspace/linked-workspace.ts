/** LinkedWorkspace: the workspace as the dashboard's process sees it: what it is told, and what it asks for. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ToDashboard, ToOrchestrator, WrittenLine } from './link-message.ts'
import type { ControlAction, Workspace, WorkspaceService } from './workspace.ts'

interface Waiting {
  resolve(): void
  reject(error: ServiceError): void
}

/** Lines are acknowledged in portions, so that the sender knows how far behind we are. */
const acknowledgeEvery = 50

export class LinkedWorkspace implements Workspace {
  readonly name: string
  readonly #send: (message: ToOrchestrator) => boolean
  readonly #services = new Map<string, WorkspaceService>()
  readonly #serviceListeners: ((service: WorkspaceService) => void)[] = []
  readonly #outputListeners: ((service: string, line: WrittenLine, isRepeat: boolean) => void)[] = []
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #taken = 0

  constructor(begin: Extract<ToDashboard, { kind: 'begin' }>, send: (message: ToOrchestrator) => boolean) {
    this.name = begin.workspace
    this.#send = send
    for (const service of begin.services) this.#services.set(service.name, service)
  }

  get services(): readonly WorkspaceService[] {
    return [...this.#services.values()]
  }

  onService(listener: (service: WorkspaceService) => void): void {
    this.#serviceListeners.push(listener)
  }

  onOutput(listener: (service: string, line: WrittenLine, isRepeat: boolean) => void): void {
    this.#outputListeners.push(listener)
  }

  async control(service: string, action: ControlAction): Promise<void> {
    const id = ++this.#lastId
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (this.#send({ kind: 'control', id, service, action })) return
      this.#waiting.delete(id)
      reject(gone())
    })
  }

  take(message: ToDashboard): void {
    if (message.kind === 'service') {
      this.#services.set(message.service.name, message.service)
      for (const listener of this.#serviceListeners) listener(message.service)
    } else if (message.kind === 'line') {
      this.takeLine(message.service, message.line, false)
      this.#acknowledge()
    } else if (message.kind === 'controlled') {
      this.#settle(message.id, message.error)
    }
  }

  takeLine(service: string, line: WrittenLine, isRepeat: boolean): void {
    for (const listener of this.#outputListeners) listener(service, line, isRepeat)
  }

  #acknowledge(): void {
    if (++this.#taken < acknowledgeEvery) return
    this.#send({ kind: 'taken', lines: this.#taken })
    this.#taken = 0
  }

  #settle(id: number, error: { code: string; message: string } | null): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === null) waiting?.resolve()
    else waiting?.reject(new ServiceError(error.code, error.message, { status: 404 }))
  }
}

function gone(): ServiceError {
  return new ServiceError('ORCHESTRATOR_GONE', 'Whoever ran the services has ended; nobody can stop or start them.', {
    status: 503,
  })
}
