/**
 * middleware: layers around handlers; a layer of one's own gives those inside a typed state.
 *
 *   prints 401 UNAUTHENTICATED
 *   prints 200 hello ada
 *   prints nosniff
 *   ends
 */
import { ServiceError } from 'genever'
import { createApp, type Middleware } from 'genever/http'
import { secureHeaders } from 'genever/middleware'

const people = new Map([['token-of-ada', 'ada']])

function authenticate(): Middleware<{ userName: string }> {
  return (c, next) => {
    const userName = people.get(c.raw.header('authorization')?.replace('Bearer ', '') ?? '')
    if (userName === undefined) throw new ServiceError('UNAUTHENTICATED', 'Send a token.', { status: 401 })
    c.state.userName = userName
    return next()
  }
}

const app = createApp()
app.use(secureHeaders())
app.group('/me', authenticate()).get('/', (c) => c.text(`hello ${c.state.userName}`))

const stranger = await app.request('/me/')
console.log(stranger.status, ((await stranger.json()) as { code: string }).code)

const ada = await app.request('/me/', { headers: { authorization: 'Bearer token-of-ada' } })
console.log(ada.status, await ada.text())
console.log(ada.headers.get('x-content-type-options'))
