/** The tables of jobs and their runs. A database makes them that a schedule's store was made with. */
import type { TableSet } from '../database/table-set.ts'

export const scheduleTables: TableSet = {
  part: 'schedule',
  versions: [
    () => [
      `create table if not exists genever_schedule (job varchar(100) primary key, owner varchar(100), token bigint not null,
  lease_until_ms bigint not null, through_ms bigint not null)`,
      `create table if not exists genever_schedule_run (job varchar(100) not null, tick_ms bigint not null, token bigint not null,
  attempt integer not null, state varchar(20) not null, runner varchar(200) not null, started_ms bigint not null, ended_ms bigint,
  error_code varchar(100), primary key (job, tick_ms))`,
    ],
  ],
}
