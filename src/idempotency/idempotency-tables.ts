/** The table of idempotency keys and the answers that were given under them. */
import type { TableSet } from '../database/table-set.ts'

export const idempotencyTables: TableSet = {
  part: 'idempotency',
  versions: [
    (dialect) => {
      const isMysql = dialect === 'mysql'
      const bytes = { sqlite: 'blob', postgres: 'bytea', mysql: 'longblob' }[dialect]
      return [
        // The name is a digest of key and caller: MySQL compares texts without regard to case, and keys are nobody else's business.
        `create table if not exists genever_idempotency (name varchar(64) primary key, id varchar(36) not null, fingerprint varchar(64) not null,
  state varchar(10) not null, owner varchar(36) not null, attempt integer not null, lease_until_ms bigint not null, expires_ms bigint not null,
  answer text, body ${bytes}${isMysql ? ', key genever_idempotency_age (expires_ms)' : ''})`,
        ...(isMysql ? [] : ['create index if not exists genever_idempotency_age on genever_idempotency (expires_ms)']),
      ]
    },
  ],
}
