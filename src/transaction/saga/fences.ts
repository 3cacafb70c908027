/**
 * Fences: the side of whoever is written to by a saga: a process that slept beyond its lease has no effect there.
 *
 *   step({ token }) ─▶ call ─▶ transaction { check(resource, token) ─▶ writes }
 *                                  └─ smaller than one that was seen ─▶ STALE_TOKEN, nothing is written
 */
import type { Database } from '../../database/database.ts'
import { insertIgnoring } from '../../database/insert-ignoring.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { FenceClaim } from '../../lock/fence.ts'
import { staleToken } from '../../lock/lock-errors.ts'
import { fenceTables } from '../transaction-tables.ts'

interface Tables {
  genever_fence: { resource: string; token: number | bigint }
}

export class Fences {
  readonly #db: Database<Tables>

  constructor({ database }: { readonly database: Pick<Database, 'dialect' | 'inTransaction' | 'needs'> }) {
    this.#db = database as unknown as Database<Tables>
    database.needs(fenceTables)
  }

  /**
   * In the transaction that writes: the row stays locked to its end, so that an owner that comes later waits for what is being written.
   *
   * @throws ServiceError `STALE_TOKEN` (409), which takes the transaction back; `FENCE_WITHOUT_TRANSACTION`.
   */
  async check({ resource, token }: FenceClaim): Promise<void> {
    if (!this.#db.inTransaction) throw withoutTransaction()
    if (await insertIgnoring(this.#db, 'genever_fence', { resource, token })) return
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_fence')
      .set({ token })
      .where('resource', '=', resource)
      .where('token', '<=', token)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw staleToken(resource, token)
  }
}

function withoutTransaction(): ServiceError {
  return new ServiceError(
    'FENCE_WITHOUT_TRANSACTION',
    'A fence was checked outside of a transaction: it stands in the one that writes. Call it inside of database.transaction().',
  )
}
