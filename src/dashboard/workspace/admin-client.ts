/** AdminClient: asks the admin ports of the workspace's services. */
import { HttpClient } from '../../client/http-client.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { SloView } from '../../slo/slo-view.ts'
import { HeaderList } from '../../wire/headers.ts'
import type { HealthReportView } from '../contract/services.ts'

export interface AdminAnswer {
  readonly status: number
  /** Undefined where it is no JSON. */
  readonly body: unknown
}

export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
  /** Default 2,000. */
  readonly timeoutMs?: number
}

const timeoutMs = 2_000

export class AdminClient {
  readonly #http = new HttpClient({ timeoutMs, maxAnswerBytes: 4 * 1024 * 1024 })
  readonly #token: string | undefined

  /** @param token What the services know as ADMIN_TOKEN; undefined where they have none. */
  constructor(token: string | undefined) {
    this.#token = token
  }

  /** Null if it cannot be had. */
  async health(adminUrl: string): Promise<HealthReportView | null> {
    try {
      const { body } = await this.ask(`${adminUrl}/health`)
      return typeof body === 'object' && body !== null && 'status' in body ? (body as HealthReportView) : null
    } catch {
      return null
    }
  }

  /** What `/slo` says: objectives, budgets and how fast they burn. Null if it cannot be had. */
  async slo(adminUrl: string): Promise<SloView | null> {
    try {
      const { status, body } = await this.ask(`${adminUrl}/slo`)
      return status === 200 && Array.isArray(Object(body).objectives) ? (body as SloView) : null
    } catch {
      return null
    }
  }

  /** @throws ServiceError `SERVICE_UNREACHABLE` (502) */
  async ask(url: string, { method = 'GET', body, timeoutMs: limitMs }: AdminRequest = {}): Promise<AdminAnswer> {
    const headers = HeaderList.from([['accept', 'application/json']])
    if (this.#token !== undefined) headers.set('authorization', `Bearer ${this.#token}`)
    if (body !== undefined) headers.set('content-type', 'application/json')
    try {
      const answer = await this.#http.request(url, {
        method,
        headers,
        ...(limitMs !== undefined && { timeoutMs: limitMs }),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: answer.status, body: jsonOrNothing(await answer.text()) }
    } catch (cause) {
      throw unreachable(cause)
    }
  }

  close(): void {
    this.#http.close()
  }
}

export function unreachable(cause: unknown): ServiceError {
  return new ServiceError('SERVICE_UNREACHABLE', 'The service did not answer: it is down, or still starting.', {
    status: 502,
    cause,
  })
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
