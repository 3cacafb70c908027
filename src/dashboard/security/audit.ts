/** Audit: what visitors did to services, as log lines and as a list. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { AuditEntry } from '../contract/session.ts'

export interface AuditOptions {
  readonly clock: Clock
  readonly log: Logger
  onEntry(entry: AuditEntry): void
}

const maxEntries = 500

export class Audit {
  readonly #options: AuditOptions
  readonly #entries: AuditEntry[] = []
  #lastId = 0

  constructor(options: AuditOptions) {
    this.#options = options
  }

  /** The latest first. */
  get entries(): readonly AuditEntry[] {
    return this.#entries.toReversed()
  }

  note(c: HttpContext, entry: Omit<AuditEntry, 'id' | 'atMs' | 'from'>): void {
    const { clock, log, onEntry } = this.#options
    const whole = { id: ++this.#lastId, atMs: clock.now(), ...entry, from: c.ip }
    this.#entries.push(whole)
    if (this.#entries.length > maxEntries) this.#entries.shift()
    const { id: _ofTheList, atMs: _ofTheLine, ...fields } = whole
    log.info('audit', fields)
    onEntry(whole)
  }

  /** Does something that is to be known, whatever becomes of it. @throws what `work` throws. */
  async around<T>(c: HttpContext, action: string, target: string, work: () => T | Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.note(c, { action, target, outcome: 'done', detail: '' })
      return result
    } catch (error) {
      const { code, status } = error as { code?: unknown; status?: unknown }
      const outcome = status === 400 || status === 403 || status === 404 ? 'refused' : 'failed'
      this.note(c, { action, target, outcome, detail: typeof code === 'string' ? code : 'INTERNAL' })
      throw error
    }
  }
}
