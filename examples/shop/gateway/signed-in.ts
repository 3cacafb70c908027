/** signedIn: lets only those through whose session users knows, and tells those inside who it is. */
import { type Middleware, ServiceError } from 'genever'
import type { ClientOf } from 'genever/api'
import type { User, usersApi } from '../users/api.ts'

export function signedIn(users: ClientOf<typeof usersApi>): Middleware<{ user: User }> {
  return async function signedIn(c, next) {
    try {
      c.state.user = await users.whoAmI({ headers: { authorization: c.raw.header('authorization') ?? '' } })
    } catch (error) {
      // RFC 9110 section 11.6.1: a 401 says how to do better.
      if (error instanceof ServiceError && error.status === 401) c.header('www-authenticate', 'Bearer')
      throw error
    }
    return next()
  }
}
