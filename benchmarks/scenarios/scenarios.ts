/**
 * What every target answers: requests, and the answers that they must get.
 *
 *   a  GET /ping                       the smallest answer
 *   b  GET /users/42?page=3&q=hello    a parameter and two query values
 *   c  POST /orders                    ten fields, bound, validated, echoed
 *   d  203 routes under /gh            the routes of a large API, in a shuffled mix
 *   e  GET /mw                         five layers of an onion
 *   f  GET /big                        eleven kilobytes of JSON, written anew for each request
 *   g  GET /amw                        five layers that wait
 */
import { readFileSync } from 'node:fs'

export interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  /** What the answer's JSON must be; spaces and the order of fields are the server's. */
  readonly answer: unknown
}

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly calls: readonly Call[]
}

const pong = { message: 'pong' }

export const order = {
  id: 12_345,
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  age: 36,
  quantity: 12,
  price: 19.95,
  currency: 'EUR',
  address: '12 Analytical Row, London',
  phone: '+44 20 7946 0958',
  active: true,
}

export const big = {
  items: Array.from({ length: 100 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: id * 3 + 0.5,
    tags: ['alpha', 'beta'],
    active: id % 2 === 1,
    note: 'some text here',
  })),
}

export const scenarios: readonly Scenario[] = [
  { name: 'a', title: 'GET /ping', calls: [{ method: 'GET', path: '/ping', answer: pong }] },
  {
    name: 'b',
    title: 'parameter and query',
    calls: [{ method: 'GET', path: '/users/42?page=3&q=hello', answer: { id: '42', page: '3', q: 'hello' } }],
  },
  {
    name: 'c',
    title: 'ten fields validated',
    calls: [{ method: 'POST', path: '/orders', body: order, answer: order }],
  },
  { name: 'd', title: '203 routes', calls: shuffled(githubCalls()) },
  { name: 'e', title: 'five middlewares', calls: [{ method: 'GET', path: '/mw', answer: pong }] },
  { name: 'f', title: '11 KB of JSON', calls: [{ method: 'GET', path: '/big', answer: big }] },
  { name: 'g', title: 'five async middlewares', calls: [{ method: 'GET', path: '/amw', answer: pong }] },
]

/** What a target that validates must refuse; checked once, not measured. */
export const invalidOrder = { ...order, email: 'nobody', quantity: 0 }

function githubCalls(): Call[] {
  const text = readFileSync(new URL('github-routes.txt', import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [method = '', path = ''] = line.split(' ')
      return { method, path: `/gh${path.replace(/:(\w+)/g, (_, name: string) => `${name}7`)}`, answer: { ok: true } }
    })
}

/** The same order in every run: Fisher–Yates, with chance from Park and Miller's generator. */
function shuffled(calls: Call[]): Call[] {
  let seed = 7
  for (let i = calls.length - 1; i > 0; i--) {
    seed = (seed * 48_271) % 2_147_483_647
    const j = seed % (i + 1)
    const other = calls[j]
    const own = calls[i]
    if (other !== undefined && own !== undefined) {
      calls[i] = other
      calls[j] = own
    }
  }
  return calls
}
