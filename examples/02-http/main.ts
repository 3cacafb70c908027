/**
 * http: routes, groups, parameters and validation, answered without a socket, as tests do it.
 *
 *   prints 200 {"id":"7","page":2}
 *   prints 201 {"title":"tea","id":1}
 *   prints 400 VALIDATION_FAILED /title
 *   prints 405 GET, HEAD, POST, OPTIONS
 *   ends
 */
import { createApp } from 'genever/http'
import { z } from 'zod'

const app = createApp()
const Page = z.object({ page: z.coerce.number().int().min(1).default(1) })
const NewNote = z.object({ title: z.string().min(1) })

app.get('/users/:id', { query: Page }, (c) => ({ id: c.params.id, page: c.query.page }))

const notes = app.group('/notes')
notes.get('/', () => [])
notes.post('/', { body: NewNote, responses: { 201: NewNote.extend({ id: z.int() }) } }, (c) =>
  c.json({ id: 1, ...c.body }, 201),
)

const user = await app.request('/users/7?page=2')
console.log(user.status, await user.text())

const created = await app.request('/notes/', { method: 'POST', ...json({ title: 'tea' }) })
console.log(created.status, await created.text())

const refused = await app.request('/notes/', { method: 'POST', ...json({ title: '' }) })
const problem = z
  .object({ code: z.string(), errors: z.array(z.object({ path: z.string() })) })
  .parse(await refused.json())
console.log(refused.status, problem.code, problem.errors[0]?.path)

const wrongMethod = await app.request('/notes/', { method: 'DELETE' })
console.log(wrongMethod.status, wrongMethod.headers.get('allow'))

function json(body: unknown) {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}
