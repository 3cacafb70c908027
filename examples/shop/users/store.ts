/** What users keeps: accounts with hashed passwords, and sessions with hashed tokens. */
import { ServiceError } from 'genever'
import type { Database } from '../kit/database.ts'
import type { User } from './api.ts'

export const schema = `
  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    expires_at_ms INTEGER NOT NULL
  ) STRICT;`

export interface Account extends User {
  readonly passwordHash: string
}

export class UserStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws ServiceError `EMAIL_TAKEN` (409) */
  add({ id, email, name, passwordHash }: Account): void {
    const { changes } = this.#database.run(
      'INSERT INTO users (id, email, name, password_hash) VALUES (?, ?, ?, ?) ON CONFLICT (email) DO NOTHING',
      [id, email, name, passwordHash],
    )
    if (changes === 1) return
    throw new ServiceError('EMAIL_TAKEN', 'There is an account with this e-mail address; sign in.', { status: 409 })
  }

  accountOf(email: string): Account | undefined {
    return this.#database.get<Account>(
      'SELECT id, email, name, password_hash AS passwordHash FROM users WHERE email = ?',
      [email],
    )
  }

  openSession(tokenHash: string, userId: string, expiresAtMs: number): void {
    this.#database.run('INSERT INTO sessions (token_hash, user_id, expires_at_ms) VALUES (?, ?, ?)', [
      tokenHash,
      userId,
      expiresAtMs,
    ])
  }

  userOf(tokenHash: string, nowMs: number): User | undefined {
    return this.#database.get<User>(
      `SELECT id, email, name FROM users JOIN sessions ON user_id = id
       WHERE token_hash = ? AND expires_at_ms > ?`,
      [tokenHash, nowMs],
    )
  }

  closeSession(tokenHash: string): void {
    this.#database.run('DELETE FROM sessions WHERE token_hash = ?', [tokenHash])
  }

  forgetExpiredSessions(nowMs: number): void {
    this.#database.run('DELETE FROM sessions WHERE expires_at_ms <= ?', [nowMs])
  }
}
