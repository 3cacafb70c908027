/** One request of a scenario, asked and checked by the harness itself before anything is measured. */
import { request } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { Call } from '../scenarios/scenarios.ts'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

export function ask(port: number, { method, path, body }: Omit<Call, 'answer'>, timeoutMs = 5_000): Promise<Answer> {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body))
  const headers = {
    accept: '*/*',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(hasBody(method) && { 'content-length': bytes.length }),
  }
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, timeout: timeoutMs }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }))
      response.on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    sent.on('error', reject)
    sent.end(bytes)
  })
}

/** Resolves with the answer's bytes; rejects when they are not what the scenario says. */
export async function askAndCheck(port: number, call: Call): Promise<Buffer> {
  const { status, body } = await ask(port, call)
  const text = body.toString()
  if (status !== 200)
    throw new Error(`${call.method} ${call.path}: expected status 200, got ${status}: ${text.slice(0, 200)}`)
  if (!isDeepStrictEqual(parsed(text), call.answer)) {
    throw new Error(
      `${call.method} ${call.path}: expected ${JSON.stringify(call.answer).slice(0, 200)}, got ${text.slice(0, 200)}`,
    )
  }
  return body
}

/** Whether a request by this method says how long its body is, even when it has none (RFC 9110, 8.6). */
export function hasBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
