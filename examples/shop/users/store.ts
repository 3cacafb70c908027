/** What users keeps: accounts with hashed passwords, and sessions with hashed tokens. */
import { ServiceError } from 'genever'
import { type Database, insertIgnoring } from 'genever/database'
import type { User } from './api.ts'

export interface UserTables {
  users: { id: string; email: string; name: string; password_hash: string }
  sessions: { token_hash: string; user_id: string; expires_at_ms: number | bigint }
}

export interface Account extends User {
  readonly passwordHash: string
}

export class UserStore {
  readonly #db: Database<UserTables>

  constructor(database: Database<UserTables>) {
    this.#db = database
  }

  /** @throws ServiceError `EMAIL_TAKEN` (409) */
  async add({ id, email, name, passwordHash }: Account): Promise<void> {
    if (await insertIgnoring(this.#db, 'users', { id, email, name, password_hash: passwordHash })) return
    throw new ServiceError('EMAIL_TAKEN', 'There is an account with this e-mail address; sign in.', { status: 409 })
  }

  async accountOf(email: string): Promise<Account | undefined> {
    return await this.#db.query
      .selectFrom('users')
      .select(['id', 'email', 'name', 'password_hash as passwordHash'])
      .where('email', '=', email)
      .executeTakeFirst()
  }

  async openSession(tokenHash: string, userId: string, expiresAtMs: number): Promise<void> {
    const session = { token_hash: tokenHash, user_id: userId, expires_at_ms: expiresAtMs }
    await this.#db.query.insertInto('sessions').values(session).execute()
  }

  async userOf(tokenHash: string, nowMs: number): Promise<User | undefined> {
    return await this.#db.query
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(['users.id', 'users.email', 'users.name'])
      .where('token_hash', '=', tokenHash)
      .where('expires_at_ms', '>', nowMs)
      .executeTakeFirst()
  }

  async closeSession(tokenHash: string): Promise<void> {
    await this.#db.query.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute()
  }

  async forgetExpiredSessions(nowMs: number): Promise<void> {
    await this.#db.query.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs).execute()
  }
}
