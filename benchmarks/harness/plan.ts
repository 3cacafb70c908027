/**
 * A plan: the requests of a scenario with the answers that this target gives, as the generator reads them.
 *
 *   scenario ──ask once, check the JSON──▶ bytes of each answer ──▶ plan file ──▶ generator compares every answer with them
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Call, invalidOrder, type Scenario } from '../scenarios/scenarios.ts'
import { ask, askAndCheck, hasBody } from './ask.ts'

export interface Plan {
  readonly scenario: Scenario
  readonly file: string
}

export interface PlanOptions {
  readonly port: number
  readonly folder: string
  readonly target: string
  /** Whether an invalid order must be refused, too: only the limit believes everybody. */
  readonly isChecked: boolean
}

/** Rejects when an answer is not what the scenario says. */
export async function writePlan(scenario: Scenario, { port, folder, target, isChecked }: PlanOptions): Promise<Plan> {
  if (scenario.name === 'c' && isChecked) await checkRefusal(port)
  const parts: Buffer[] = []
  for (const call of scenario.calls) parts.push(planEntry(requestBytes(call, port), 200, await askAndCheck(port, call)))
  const file = join(folder, `${target}-${scenario.name}.plan`)
  await writeFile(file, Buffer.concat(parts))
  return { scenario, file }
}

export function planEntry(request: Buffer, status: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${request.length} ${status} ${body.length}\n`), request, body])
}

export function requestBytes({ method, path, body }: Call, port: number): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body)
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Accept: */*',
    ...(body === undefined ? [] : ['Content-Type: application/json']),
    ...(hasBody(method) ? [`Content-Length: ${Buffer.byteLength(text)}`] : []),
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
}

/** A server that validates nothing would win (c) by leaving the work out. */
async function checkRefusal(port: number): Promise<void> {
  const { status } = await ask(port, { method: 'POST', path: '/orders', body: invalidOrder })
  if (status !== 400 && status !== 422) {
    throw new Error(`POST /orders: expected an invalid order to be refused with 400 or 422, got ${status}`)
  }
}
