/** The tables of outbox, relay and inbox. A database makes them that an outbox, a relay or an inbox was made with. */
import type { DialectName } from '../database/dialect.ts'
import type { TableSet } from '../database/table-set.ts'
import { laneCount } from '../messaging/lane-of.ts'

const id = 'varchar(200)'

const columnTypes: Readonly<Record<DialectName, { text: string; body: string; position: string }>> = {
  sqlite: { text: 'text', body: 'blob', position: 'integer primary key autoincrement' },
  postgres: { text: 'text', body: 'bytea', position: 'bigserial primary key' },
  mysql: { text: 'longtext', body: 'longblob', position: 'bigint auto_increment primary key' },
}

export const outboxTables: TableSet = {
  part: 'outbox',
  versions: [
    (dialect) => {
      const { text, body, position } = columnTypes[dialect]
      return [
        `create table if not exists genever_outbox (position ${position}, lane integer not null, id ${id} not null, topic ${id} not null,
  message_key ${id}, headers ${text} not null, body ${body} not null, due_ms bigint not null, attempts integer not null default 0,
  failed_code ${id}${dialect === 'mysql' ? ', key genever_outbox_lane_order (lane, position)' : ''})`,
        `create table if not exists genever_outbox_lane (lane integer primary key, owner ${id}, epoch bigint not null default 0,
  lease_until_ms bigint not null default 0)`,
        `create table if not exists genever_outbox_relay (relay ${id} primary key, seen_until_ms bigint not null)`,
        ...index(dialect, 'genever_outbox_lane_order on genever_outbox (lane, position)'),
        lanes(dialect),
      ]
    },
  ],
}

export const inboxTables: TableSet = {
  part: 'inbox',
  versions: [
    (dialect) => [
      `create table if not exists genever_inbox (group_name ${id} not null, message_id ${id} not null, handled_ms bigint not null,
  primary key (group_name, message_id)${dialect === 'mysql' ? ', key genever_inbox_age (handled_ms)' : ''})`,
      ...index(dialect, 'genever_inbox_age on genever_inbox (handled_ms)'),
    ],
  ],
}

/** MySQL has no `create index if not exists`: there it is part of the table. */
function index(dialect: DialectName, what: string): string[] {
  return dialect === 'mysql' ? [] : [`create index if not exists ${what}`]
}

function lanes(dialect: DialectName): string {
  const rows = Array.from({ length: laneCount }, (_, lane) => `(${lane})`).join(', ')
  return dialect === 'mysql'
    ? `insert ignore into genever_outbox_lane (lane) values ${rows}`
    : `insert into genever_outbox_lane (lane) values ${rows} on conflict do nothing`
}
