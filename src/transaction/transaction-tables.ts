/** The tables of sagas, fences, reservations and two-phase commit. A database makes those of the parts that were made with it. */
import type { TableSet } from '../database/table-set.ts'
import { newSpanId } from '../telemetry/trace-ids.ts'

const id = 'varchar(200)'

export const sagaTables: TableSet = {
  part: 'saga',
  versions: [
    (dialect) => {
      const isMysql = dialect === 'mysql'
      const text = isMysql ? 'longtext' : 'text'
      return [
        `create table if not exists genever_saga (id ${id} primary key, name ${id} not null, version integer not null, status varchar(20) not null,
  input ${text} not null, history ${text} not null, owner ${id}, epoch bigint not null, lease_until_ms bigint not null, due_ms bigint not null,
  deadline_ms bigint not null, wish varchar(20), trace varchar(700), begun_ms bigint not null${isMysql ? ', key genever_saga_due (status, due_ms)' : ''})`,
        // MySQL has no `create index if not exists`.
        ...(isMysql ? [] : ['create index if not exists genever_saga_due on genever_saga (status, due_ms)']),
      ]
    },
  ],
}

export const fenceTables: TableSet = {
  part: 'fence',
  versions: [() => [`create table if not exists genever_fence (resource ${id} primary key, token bigint not null)`]],
}

export const reservationTables: TableSet = {
  part: 'reservation',
  versions: [
    () => [
      `create table if not exists genever_reservation (id ${id} primary key, status varchar(20) not null, data varchar(4000) not null,
  expires_ms bigint not null)`,
    ],
  ],
}

export const twoPhaseTables: TableSet = {
  part: 'two-phase',
  versions: [
    (dialect) => [
      `create table if not exists genever_two_phase (id varchar(64) primary key, status varchar(20) not null, names varchar(1000) not null,
  lease_until_ms bigint not null)`,
      'create table if not exists genever_two_phase_log (one integer primary key, name varchar(8) not null)',
      nameOfLog(dialect === 'mysql'),
    ],
  ],
}

/** Eight letters by chance. */
function nameOfLog(isMysql: boolean): string {
  const [head, tail] = isMysql ? ['insert ignore into', ''] : ['insert into', ' on conflict do nothing']
  return `${head} genever_two_phase_log (one, name) values (1, '${newSpanId().slice(0, 8)}')${tail}`
}
