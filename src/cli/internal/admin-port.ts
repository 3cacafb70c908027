/** The admin port of a running service, as commands ask it: JSON in both directions, with the admin token. */
import type { Command } from 'commander'
import { HttpClient } from '../../client/http-client.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { processEnvironment } from '../../platform/environment.ts'
import { readTextFile } from '../../platform/text-file.ts'
import { HeaderList } from '../../wire/headers.ts'

/** What the options below become. */
export interface AdminWords {
  readonly admin?: string
  readonly tokenFile?: string
}

/** A token has no option of its own: what stands on a command line is seen by every user of the machine. */
export const adminHelp = `
ADMIN_TOKEN (or --token-file) is the token that the service was started with; ADMIN_PORT says which port of this machine
is asked where --admin does not.`

export function addAdminOptions(command: Command): Command {
  return command
    .option('--admin <url>', 'admin port of the service (default http://127.0.0.1:9090)')
    .option('--token-file <file>', 'holds the admin token (default: ADMIN_TOKEN)')
}

export interface AdminRequest {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
}

const timeoutMs = 10_000

/** @throws ServiceError of the service, with its code; `BAD_ADMIN_ANSWER` for what is no answer of a service; as `HttpClient`. */
export async function askAdmin(words: AdminWords, { method = 'GET', path, body }: AdminRequest): Promise<unknown> {
  const http = new HttpClient({ timeoutMs })
  try {
    const answer = await http.request(new URL(path, baseOf(words)), {
      method,
      headers: await headersFor(words, body),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const told = parsed(await answer.text())
    if (answer.status < 300) return told
    throw refusal(answer.status, told)
  } finally {
    http.close()
  }
}

function baseOf({ admin }: AdminWords): string {
  return admin ?? `http://127.0.0.1:${processEnvironment.ADMIN_PORT ?? '9090'}`
}

async function headersFor({ tokenFile }: AdminWords, body: unknown): Promise<HeaderList> {
  const headers = new HeaderList()
  const token = tokenFile === undefined ? processEnvironment.ADMIN_TOKEN : (await readTextFile(tokenFile)).trim()
  if (token !== undefined && token !== '') headers.set('authorization', `Bearer ${token}`)
  if (body !== undefined) headers.set('content-type', 'application/json')
  return headers
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(status: number, told: unknown): ServiceError {
  const { code, detail } = Object(told) as { code?: unknown; detail?: unknown }
  if (typeof code === 'string' && typeof detail === 'string') return new ServiceError(code, detail, { status })
  return new ServiceError('BAD_ADMIN_ANSWER', `The admin port answered ${status}, and not as a service does.`, {
    status,
  })
}
