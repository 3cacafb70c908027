/**
 * Database: one SQLite file for each service, opened when the service starts and closed when it stops.
 *
 *   const database = new Database(() => join(folder, 'users.sqlite'), schema)
 *   service.add(database)
 *   database.get<{ name: string }>('SELECT name FROM users WHERE id = ?', [id])
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Component, ComponentHealth } from 'genever'
import { openSql, type SqlChange, type SqlDatabase, type SqlParameters, type SqlStatement } from 'genever/platform'

export class Database implements Component {
  readonly name = 'database'
  readonly #pathOf: () => string
  readonly #schema: string
  readonly #statements = new Map<string, SqlStatement<object>>()
  #sql: SqlDatabase | undefined

  /** `pathOf` is asked at the start, when settings are known. `schema` runs at every start: it creates what is missing. */
  constructor(pathOf: () => string, schema: string) {
    this.#pathOf = pathOf
    this.#schema = schema
  }

  start(): void {
    const path = this.#pathOf()
    mkdirSync(dirname(path), { recursive: true })
    this.#sql = openSql(path)
    this.#sql.exec(this.#schema)
  }

  stop(): void {
    this.#statements.clear()
    this.#sql?.close()
    this.#sql = undefined
  }

  health(): ComponentHealth {
    this.get('SELECT 1')
    return { status: 'UP' }
  }

  run(sql: string, parameters?: SqlParameters): SqlChange {
    return this.#statement(sql).run(parameters)
  }

  get<Row extends object>(sql: string, parameters?: SqlParameters): Row | undefined {
    return this.#statement(sql).get(parameters) as Row | undefined
  }

  all<Row extends object>(sql: string, parameters?: SqlParameters): Row[] {
    return this.#statement(sql).all(parameters) as Row[]
  }

  /** Everything that `work` does, or nothing of it if it throws. */
  transaction<T>(work: () => T): T {
    return this.#open().transaction(work)
  }

  /** Statements are compiled once; the texts are ours, so there are few. */
  #statement(sql: string): SqlStatement<object> {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#open().prepare<object>(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #open(): SqlDatabase {
    if (this.#sql === undefined) throw new Error('the database is open only while the service runs')
    return this.#sql
  }
}
