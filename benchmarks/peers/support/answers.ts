/** Whether a server answers every scenario with the same bytes. */
import { readFileSync } from 'node:fs'
import { big, order } from '../../scenarios/scenarios.ts'

interface Probe {
  scenario: string
  method: string
  path: string
  body?: unknown
  expected: { status: number; body?: string }
}

/** One for each rule of the order: a server that skips a rule is a server that does less. */
const brokenOrders: readonly unknown[] = [
  { ...order, id: 0 },
  { ...order, id: 1.5 },
  { ...order, name: 'A' },
  { ...order, name: 'A'.repeat(51) },
  { ...order, email: 'ada' },
  { ...order, age: 17 },
  { ...order, age: 121 },
  { ...order, quantity: 0 },
  { ...order, quantity: 1_001 },
  { ...order, price: 0 },
  { ...order, currency: 'GBP' },
  { ...order, address: '12' },
  { ...order, phone: '+44' },
  { ...order, phone: '4'.repeat(21) },
  { ...order, active: 'perhaps' },
  ...Object.keys(order).map((field) => ({ ...order, [field]: undefined })),
]

const answers = (value: unknown) => ({ status: 200, body: JSON.stringify(value) })

function probes(): Probe[] {
  const pong = answers({ message: 'pong' })
  return [
    { scenario: 'a', method: 'GET', path: '/ping', expected: pong },
    {
      scenario: 'b',
      method: 'GET',
      path: '/users/42?page=3&q=hello',
      expected: answers({ id: '42', page: '3', q: 'hello' }),
    },
    { scenario: 'c', method: 'POST', path: '/orders', body: order, expected: answers(order) },
    {
      scenario: 'c',
      method: 'POST',
      path: '/orders',
      body: { ...order, active: false },
      expected: answers({ ...order, active: false }),
    },
    ...brokenOrders.map((body) => ({
      scenario: 'c',
      method: 'POST',
      path: '/orders',
      body,
      expected: { status: 400 },
    })),
    ...githubProbes(),
    { scenario: 'e', method: 'GET', path: '/mw', expected: pong },
    { scenario: 'f', method: 'GET', path: '/big', expected: answers(big) },
    { scenario: 'g', method: 'GET', path: '/amw', expected: pong },
  ]
}

function githubProbes(): Probe[] {
  const routes = readFileSync(new URL('../../scenarios/github-routes.txt', import.meta.url), 'utf8')
  return routes
    .trim()
    .split('\n')
    .map((line) => {
      const [method = '', path = ''] = line.split(' ')
      return { scenario: 'd', method, path: `/gh${path.replaceAll(/:(\w+)/g, '$17')}`, expected: answers({ ok: true }) }
    })
}

/** One line for each answer that is not as it should be. */
export async function wrongAnswers(port: number, without: readonly string[] = []): Promise<string[]> {
  const wrong: string[] = []
  for (const probe of probes()) {
    if (without.includes(probe.scenario)) continue
    const problem = await problemOf(port, probe)
    if (problem !== undefined) wrong.push(`(${probe.scenario}) ${probe.method} ${probe.path}: ${problem}`)
  }
  return wrong
}

async function problemOf(port: number, { method, path, body, expected }: Probe): Promise<string | undefined> {
  const init: RequestInit = { method }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { 'content-type': 'application/json' }
  }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  const text = await response.text()
  const sent = body === undefined ? '' : ` to ${init.body}`
  if (response.status !== expected.status) return `${response.status} instead of ${expected.status}${sent}`
  if (expected.body === undefined || text === expected.body) return
  return `${JSON.stringify(text.slice(0, 200))} (${text.length}) instead of ${expected.body.slice(0, 200)}`
}
