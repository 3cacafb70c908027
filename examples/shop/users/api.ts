/** What users offers to the other services: who somebody is. A contract only; importing it starts nothing. */
import { defineApi, del, get, post } from 'genever'
import { z } from 'zod'

export const Credentials = z.object({
  email: z.string().trim().toLowerCase().pipe(z.email().max(254)),
  /** Long beats complicated (NIST SP 800-63B section 3.1.1). */
  password: z.string().min(10).max(200),
})
export type Credentials = z.infer<typeof Credentials>

export const NewUser = Credentials.extend({ name: z.string().trim().min(1).max(80) })
export type NewUser = z.infer<typeof NewUser>

export const User = z.object({ id: z.uuid(), email: z.email(), name: z.string() })
export type User = z.infer<typeof User>

export const Session = z.object({
  user: User,
  /** Sent back as `Authorization: Bearer …`. It is shown once; users keeps only its hash. */
  token: z.string(),
  expiresAt: z.iso.datetime(),
})
export type Session = z.infer<typeof Session>

/** `Authorization: Bearer TOKEN`. Whether the token is a good one is not a matter of form: that is answered with 401. */
export const Bearer = z.object({ authorization: z.string().max(200) })

export const usersApi = defineApi({
  signUp: post('/users', { body: NewUser, responses: { 201: Session } }),
  signIn: post('/sessions', { body: Credentials, responses: { 201: Session } }),
  whoAmI: get('/sessions/current', { headers: Bearer, responses: { 200: User } }),
  signOut: del('/sessions/current', { headers: Bearer, responses: { 204: null } }),
})
