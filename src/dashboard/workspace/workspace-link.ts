/**
 * WorkspaceLink: the orchestrator's end of the link: tells the dashboard what happens and does what it asks for.
 *
 * Lines are only sent while the dashboard keeps up: one that hangs costs the services nothing but its own view of them.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { DashboardProcessOptions, ToDashboard, ToOrchestrator, WrittenLine } from './link-message.ts'
import type { ControlAction, WorkspaceService } from './workspace.ts'

/** What is wanted of an orchestrator; ours fulfils it as it is. */
export interface Controlled {
  readonly workspace: { readonly name: string; readonly services: readonly { readonly name: string }[] }
  readonly services: readonly ControlledService[]
  onEvent(listener: (event: ControlledEvent) => void): () => void
  output(name: string): readonly WrittenLine[]
  stopService(name: string): Promise<void>
  startService(name: string): void
  restart(name: string, reason: string): void
}

export interface ControlledService {
  readonly name: string
  readonly state: WorkspaceService['state']
  readonly pid: number | undefined
  readonly url: string
  readonly adminUrl: string
  readonly restarts: number
  readonly lastExit: string | undefined
}

export type ControlledEvent =
  | { readonly kind: 'state'; readonly service: ControlledService }
  | { readonly kind: 'line'; readonly name: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }

const maxUntaken = 5_000
const linesAtBegin = 200

export class WorkspaceLink {
  readonly #controlled: Controlled
  readonly #send: (message: ToDashboard) => void
  readonly #unsubscribe: () => void
  #untaken = 0
  #begins = 0

  constructor(controlled: Controlled, send: (message: ToDashboard) => void) {
    this.#controlled = controlled
    this.#send = send
    this.#unsubscribe = controlled.onEvent((event) => this.#tell(event))
  }

  begin(options: DashboardProcessOptions): void {
    const { workspace, services } = this.#controlled
    const lines = workspace.services.flatMap(({ name }) =>
      this.#controlled
        .output(name)
        .slice(-linesAtBegin)
        .map((line) => [name, line] as const),
    )
    this.#untaken = 0
    const isRepeat = this.#begins++ > 0
    this.#send({ kind: 'begin', options, workspace: workspace.name, services: services.map(plain), lines, isRepeat })
  }

  /** A message of the dashboard; what is none of ours is left alone. */
  take(message: ToOrchestrator): void {
    if (message.kind === 'taken') this.#untaken = Math.max(0, this.#untaken - message.lines)
    if (message.kind === 'control') void this.#control(message.id, message.service, message.action)
  }

  close(): void {
    this.#unsubscribe()
  }

  #tell(event: ControlledEvent): void {
    if (event.kind === 'state') this.#send({ kind: 'service', service: plain(event.service) })
    else if (this.#untaken < maxUntaken) {
      this.#untaken++
      const line = { atMs: Date.now(), stream: event.stream, text: event.text }
      this.#send({ kind: 'line', service: event.name, line })
    }
  }

  async #control(id: number, name: string, action: ControlAction): Promise<void> {
    try {
      this.#do(name, action)
      this.#send({ kind: 'controlled', id, error: null })
    } catch (error) {
      const { code, message } = error instanceof ServiceError ? error : { code: 'INTERNAL', message: 'It failed.' }
      this.#send({ kind: 'controlled', id, error: { code, message } })
    }
  }

  #do(name: string, action: ControlAction): void {
    if (action === 'start') this.#controlled.startService(name)
    else if (action === 'restart') this.#controlled.restart(name, 'asked for in the dashboard')
    // Its end is told as a change of state; draining may take its time.
    else if (this.#controlled.services.some((service) => service.name === name)) void this.#controlled.stopService(name)
    else this.#controlled.restart(name, '')
  }
}

function plain({ pid, lastExit, name, state, url, adminUrl, restarts }: ControlledService): WorkspaceService {
  return { name, state, url, adminUrl, restarts, pid: pid ?? null, lastExit: lastExit ?? null }
}
