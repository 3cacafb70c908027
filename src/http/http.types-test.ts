/** What the types of routes, handlers and middleware let pass and what they refuse; checked by the compiler alone. */
import { z } from 'zod'
import type { Operation } from '../api/operation.ts'
import { createApp } from './app.ts'
import type { HttpContext } from './context.ts'
import type { Middleware } from './middleware.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function expectType<_Expected>(): <Actual>(value: Actual, isSame: Equal<Actual, _Expected>) => void {
  return () => {}
}

interface User {
  readonly name: string
}
declare const authenticate: () => Middleware<{ user: User }>
declare const tenant: () => Middleware<{ tenant: number }>

const NewOrder = z.object({ sku: z.string(), quantity: z.coerce.number() })
const Order = z.object({ id: z.string(), placedAt: z.string().transform((text) => new Date(text)) })
const app = createApp()

// Parameters come from the text of the pattern, prefixes of groups included.
app.get('/users/:id/files/*path', (c) => {
  expectType<string>()(c.params.id, true)
  expectType<string>()(c.params.path, true)
  // @ts-expect-error: the pattern has no such parameter
  c.params.name
})
app.group('/shops/:shop').get('/users/:id', (c) => {
  expectType<string>()(c.params.shop, true)
  expectType<string>()(c.params.id, true)
})

// What is declared is validated: the output side of its schema. What is not declared is raw.
app.post('/orders', { body: NewOrder, query: z.object({ dry: z.boolean() }) }, (c) => {
  expectType<{ sku: string; quantity: number }>()(c.body, true)
  expectType<boolean>()(c.query.dry, true)
  expectType<string | undefined>()(c.cookies.session, true)
  expectType<undefined>()(c.form, true)
})

// Answers are checked by status, on the input side of the schema; without one, by the default success status.
app.post('/orders/:id', { responses: { 201: Order, 409: z.object({ code: z.string() }) } }, (c) => {
  // @ts-expect-error: 201 is an order
  c.json({ id: 1, placedAt: 'now' }, 201)
  // @ts-expect-error: 200 is not declared
  c.json({ id: 'o1', placedAt: 'now' }, 200)
  if (c.params.id === 'twice') return c.json({ code: 'TWICE' }, 409)
  return c.json({ id: 'o1', placedAt: 'now' })
})
app.get('/plain', { responses: { 200: Order } }, () => ({ id: 'o1', placedAt: 'now' }))
app.get('/async', { responses: { 200: Order } }, async () => ({ id: 'o1', placedAt: 'now' }))
// @ts-expect-error: what is returned is checked like what is given to c.json()
app.get('/wrong', { responses: { 200: Order } }, () => ({ id: 1 }))
app.delete('/orders/:id', { responses: { 204: null } }, (c) => c.noContent())
app.get('/two', { responses: { 201: Order, 202: Order } }, (c) => {
  // @ts-expect-error: two successes are declared, so that the answer names one
  c.json({ id: 'o1', placedAt: 'now' })
  return c.json({ id: 'o1', placedAt: 'now' }, 202)
})
app.get('/anything', () => 'pong')
app.get('/web', async () => new Response('hello'))

// Streams are typed by their schema.
app.get('/events', { stream: z.object({ seq: z.number() }) }, async function* () {
  yield { seq: 1 }
})
app.get('/events/wrong', { stream: z.object({ seq: z.number() }) }, (c) => {
  // @ts-expect-error: events have numbers
  c.sse([{ seq: 'one' }])
  return c.sse([{ seq: 1 }])
})

// State is what the layers around put there: of the group, of the route, in any number.
app.group('/api', authenticate()).get('/me', (c) => {
  expectType<User>()(c.state.user, true)
  // @ts-expect-error: no layer puts it there
  c.state.tenant
})
app
  .group('/nested', authenticate())
  .group('/:shop', tenant())
  .get('/x', { query: z.object({ page: z.number() }) }, (c) => {
    expectType<User>()(c.state.user, true)
    expectType<number>()(c.state.tenant, true)
    expectType<string>()(c.params.shop, true)
    expectType<number>()(c.query.page, true)
  })
app.get('/layers', authenticate(), tenant(), (c) => {
  expectType<User>()(c.state.user, true)
  expectType<number>()(c.state.tenant, true)
})
app.get('/spec-and-layers', { query: z.object({ page: z.number() }) }, authenticate(), (c) => {
  expectType<User>()(c.state.user, true)
  expectType<number>()(c.query.page, true)
})
app.handle(['PROPFIND', 'REPORT'], '/dav/*path', {}, authenticate(), (c) => {
  expectType<string>()(c.params.path, true)
  expectType<User>()(c.state.user, true)
})
app
  .group('/used')
  .use(authenticate())
  .get('/me', (c) => expectType<User>()(c.state.user, true))

// A layer that promises state can set it, and nothing else.
const authenticated: Middleware<{ user: User }> = (c, next) => {
  c.state.user = { name: 'ann' }
  // @ts-expect-error: it promised a user only
  c.state.role = 'admin'
  return next()
}
app.use(authenticated, async (c, next) => {
  const reply = await next()
  c.header('x-status', String(reply.status))
})
// @ts-expect-error: a layer answers through c, not with a plain value
app.use(() => ({ error: 'no' }))

// A contract is implemented by name, completely, and typed as its routes would be.
declare const ordersApi: {
  readonly place: Operation<'POST', '/orders', { body: typeof NewOrder; responses: { 201: typeof Order } }>
  readonly remove: Operation<'DELETE', '/orders/:id', { responses: { 204: null } }>
}
app.implement(ordersApi, {
  place: (c) => c.json({ id: c.body.sku, placedAt: 'now' }, 201),
  remove: async (c) => {
    expectType<string>()(c.params.id, true)
    return c.noContent()
  },
})
// @ts-expect-error: `remove` has no handler
app.implement(ordersApi, { place: (c) => c.json({ id: 'o1', placedAt: 'now' }, 201) })
app.group('/in', authenticate()).implement(ordersApi, {
  place: (c) => c.json({ id: c.state.user.name, placedAt: 'now' }, 201),
  remove: (c) => c.noContent(),
})

// Any context can be given to code that knows no route.
declare function audit(c: HttpContext): void
app.post('/audited', { body: NewOrder, params: z.object({}) }, authenticate(), (c) => audit(c))

// A layer may be written on the spot, in front of the handler.
app.get(
  '/inline',
  (c, next) => (c.raw.header('x') === undefined ? c.json({}, 401) : next()),
  (c) => {
    expectType<string>()(c.path, true)
  },
)
app.post(
  '/inline/:id',
  { body: NewOrder },
  (_c, next) => next(),
  (c) => {
    expectType<string>()(c.params.id, true)
    expectType<{ sku: string; quantity: number }>()(c.body, true)
  },
)
