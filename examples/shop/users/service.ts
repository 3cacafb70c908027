/** users: signing up, signing in, and telling whose a session is. */
import { type Clock, createService, ServiceError } from 'genever'
import { systemClock } from 'genever/foundation'
import { databaseOf, type StoringService, storage } from '../kit/storage.ts'
import { type Session, type User, usersApi } from './api.ts'
import * as first from './migrations/0001-users.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { UserStore, type UserTables } from './store.ts'
import { bearerToken, hashToken, newToken } from './token.ts'

const sessionMs = 7 * 24 * 60 * 60 * 1000

/** `clock` tells when sessions end. */
export function createUsers(clock: Clock = systemClock): StoringService {
  const service = createService({
    name: 'users',
    slo: { availability: 0.999, latency: { p99Ms: 500 } },
    config: storage,
  })
  const database = databaseOf<UserTables>(service, [{ name: '0001-users', ...first }])
  const store = new UserStore(database)

  async function openSession({ id, email, name }: User): Promise<Session> {
    const token = newToken()
    const expiresAtMs = clock.now() + sessionMs
    await store.openSession(hashToken(token), id, expiresAtMs)
    return { user: { id, email, name }, token, expiresAt: new Date(expiresAtMs).toISOString() }
  }

  service.http.implement(usersApi, {
    async signUp(c) {
      const { email, name, password } = c.body
      const user = { id: crypto.randomUUID(), email, name }
      await store.add({ ...user, passwordHash: await hashPassword(password) })
      return c.json(await openSession(user), 201)
    },

    async signIn(c) {
      const { email, password } = c.body
      const account = await store.accountOf(email)
      // Without an account the work is the same, so that the time does not tell which addresses there are.
      const isRight = await verifyPassword(password, account?.passwordHash ?? decoyHash)
      if (account === undefined || !isRight) throw badCredentials()
      await store.forgetExpiredSessions(clock.now())
      return c.json(await openSession(account), 201)
    },

    async whoAmI(c) {
      const token = bearerToken(c.headers.authorization)
      const user = token === undefined ? undefined : await store.userOf(hashToken(token), clock.now())
      if (user === undefined) throw notSignedIn()
      return c.json(user)
    },

    async signOut(c) {
      const token = bearerToken(c.headers.authorization)
      if (token !== undefined) await store.closeSession(hashToken(token))
      return c.noContent()
    },
  })
  return service
}

/** Of a password that was random and is forgotten. */
const decoyHash = 'scrypt$32768$8$3$G9gJojvBG4Svz5UgGeTTPQ$IILj_6CCv7bINNuzLdp1sGOxJDRdrZpqGFV4Vq4xJM8'

function badCredentials(): ServiceError {
  return new ServiceError('BAD_CREDENTIALS', 'The e-mail address or the password is wrong.', { status: 401 })
}

function notSignedIn(): ServiceError {
  return new ServiceError('NOT_SIGNED_IN', 'The session is unknown or over; sign in again.', { status: 401 })
}
