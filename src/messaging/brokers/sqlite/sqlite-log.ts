/**
 * SqliteLog: topics as logs in a SQLite file, read by groups at their own pace.
 *
 *   append ─▶ lane = hash(key) ─▶ genever_log            due ─▶ genever_delayed ─▶ genever_log
 *   claim ─▶ genever_cursor { position, owner, epoch, lease } ─▶ read beyond position ─▶ advance, if still the owner
 *
 * A lane is read by one member of a group at a time, under a lease. The epoch counts owners: a member whose lease ran out
 * while it slept cannot move the cursor any more.
 */
import type { SqlDatabase, SqlStatement } from '../../../platform/sql.ts'
import { laneCount, laneOf } from '../../lane-of.ts'
import type { Message, MessageHeaders } from '../../message.ts'

const schema = `
  create table if not exists genever_log (
    position integer primary key autoincrement,
    topic text not null, lane integer not null, id text not null, key text, headers text not null, body blob not null,
    appended_ms integer not null);
  create index if not exists genever_log_lane on genever_log (topic, lane, position);
  create index if not exists genever_log_age on genever_log (appended_ms);
  create table if not exists genever_delayed (
    due_ms integer not null,
    topic text not null, lane integer not null, id text not null, key text, headers text not null, body blob not null);
  create index if not exists genever_delayed_due on genever_delayed (due_ms);
  create table if not exists genever_cursor (
    topic text not null, name text not null, lane integer not null, position integer not null,
    owner text, epoch integer not null default 0, lease_until_ms integer not null default 0,
    primary key (topic, name, lane)) without rowid;
  create table if not exists genever_member (
    topic text not null, name text not null, member text not null, seen_until_ms integer not null,
    primary key (topic, name, member)) without rowid;
`

export interface LoggedMessage {
  readonly position: number
  readonly message: Message
}

export interface LaneClaim {
  readonly lane: number
  readonly epoch: number
  readonly position: number
}

/** A group of one topic. */
export interface GroupName {
  readonly topic: string
  readonly group: string
}

export class SqliteLog {
  readonly #database: SqlDatabase
  readonly #statements = new Map<string, SqlStatement>()
  #nextLane = 0

  constructor(database: SqlDatabase) {
    this.#database = database
    database.exec(schema)
  }

  append(messages: readonly Message[], nowMs: number): void {
    this.#database.transaction(() => {
      for (const message of messages) this.#appendOne(message, nowMs)
    })
  }

  /** Moves what is due into the log; gives how many. */
  release(nowMs: number): number {
    if (this.#sql('select 1 from genever_delayed where due_ms <= ? limit 1').get([nowMs]) === undefined) return 0
    return this.#database.transaction(() => {
      const columns = 'topic, lane, id, key, headers, body'
      this.#sql(
        `insert into genever_log (${columns}, appended_ms) select ${columns}, ? from genever_delayed where due_ms <= ? order by due_ms`,
      ).run([nowMs, nowMs])
      return this.#sql('delete from genever_delayed where due_ms <= ?').run([nowMs]).changes
    })
  }

  /** Makes the group's cursors if it is new. */
  join({ topic, group }: GroupName, from: 'earliest' | 'latest'): void {
    const start =
      from === 'earliest'
        ? '0'
        : '(select coalesce(max(position), 0) from genever_log where topic = :topic and lane = :lane)'
    this.#database.transaction(() => {
      const insert = this.#sql(
        `insert or ignore into genever_cursor (topic, name, lane, position) values (:topic, :group, :lane, ${start})`,
      )
      for (let lane = 0; lane < laneCount; lane++) insert.run({ topic, group, lane })
    })
  }

  /**
   * Says that the member lives, and takes for it as many free lanes as are its share; gives all lanes that are its own.
   * Lanes beyond its share are to be given back by `leave`.
   */
  claim(
    { topic, group }: GroupName,
    member: string,
    { nowMs, leaseMs }: { nowMs: number; leaseMs: number },
  ): { lanes: LaneClaim[]; share: number } {
    return this.#database.transaction(() => {
      this.#sql(
        'insert into genever_member values (:topic, :group, :member, :until) on conflict do update set seen_until_ms = :until',
      ).run({ topic, group, member, until: nowMs + leaseMs })
      this.#sql('delete from genever_member where topic = ? and name = ? and seen_until_ms < ?').run([
        topic,
        group,
        nowMs,
      ])
      const members = Number(
        this.#sql('select count(*) as n from genever_member where topic = ? and name = ?').get([topic, group])?.n,
      )
      const share = Math.ceil(laneCount / Math.max(1, members))
      this.#sql('update genever_cursor set lease_until_ms = ? where topic = ? and name = ? and owner = ?').run([
        nowMs + leaseMs,
        topic,
        group,
        member,
      ])
      const owned = Number(
        this.#sql('select count(*) as n from genever_cursor where topic = ? and name = ? and owner = ?').get([
          topic,
          group,
          member,
        ])?.n,
      )
      if (owned < share) {
        this.#sql(`
          update genever_cursor set owner = :member, epoch = epoch + 1, lease_until_ms = :until
          where topic = :topic and name = :group and lane in (
            select lane from genever_cursor where topic = :topic and name = :group and (owner is null or lease_until_ms < :now)
            order by lane limit :free)`).run({
          topic,
          group,
          member,
          until: nowMs + leaseMs,
          now: nowMs,
          free: share - owned,
        })
      }
      const lanes = this.#sql(
        'select lane, epoch, position from genever_cursor where topic = ? and name = ? and owner = ?',
      ).all([topic, group, member])
      return {
        share,
        lanes: lanes.map(({ lane, epoch, position }) => ({
          lane: Number(lane),
          epoch: Number(epoch),
          position: Number(position),
        })),
      }
    })
  }

  read({ topic, lane, after, limit }: { topic: string; lane: number; after: number; limit: number }): LoggedMessage[] {
    const rows = this.#sql(
      'select position, id, key, headers, body from genever_log where topic = ? and lane = ? and position > ? order by position limit ?',
    ).all([topic, lane, after, limit])
    return rows.map((row) => loggedFrom(topic, row))
  }

  count(topic: string): number {
    return Number(this.#sql('select count(*) as n from genever_log where topic = ?').get([topic])?.n)
  }

  /** Of all lanes, in the order in which they were appended. */
  readTopic(topic: string, { after, limit }: { after: number; limit: number }): LoggedMessage[] {
    return this.#sql(
      'select position, id, key, headers, body from genever_log where topic = ? and position > ? order by position limit ?',
    )
      .all([topic, after, limit])
      .map((row) => loggedFrom(topic, row))
  }

  find(topic: string, positions: readonly number[]): LoggedMessage[] {
    const select = this.#sql(
      'select position, id, key, headers, body from genever_log where topic = ? and position = ?',
    )
    return positions.flatMap((position) => {
      const row = select.get([topic, position])
      return row === undefined ? [] : [loggedFrom(topic, row)]
    })
  }

  /** For every group; gives how many were there. */
  remove(topic: string, positions: readonly number[]): number {
    return this.#database.transaction(() => {
      const remove = this.#sql('delete from genever_log where topic = ? and position = ?')
      return positions.reduce((removed, position) => removed + remove.run([topic, position]).changes, 0)
    })
  }

  /** Whether the lane was still the member's, of that epoch. */
  advance(
    { topic, group }: GroupName,
    lane: number,
    { epoch, position, member }: { epoch: number; position: number; member: string },
  ): boolean {
    return (
      this.#sql(
        'update genever_cursor set position = max(position, ?) where topic = ? and name = ? and lane = ? and owner = ? and epoch = ?',
      ).run([position, topic, group, lane, member, epoch]).changes > 0
    )
  }

  /** Gives lanes back, all of them or some; without lanes the member leaves the group. */
  leave({ topic, group }: GroupName, member: string, lanes?: readonly number[]): void {
    this.#database.transaction(() => {
      if (lanes === undefined) {
        this.#sql(
          'update genever_cursor set owner = null, lease_until_ms = 0 where topic = ? and name = ? and owner = ?',
        ).run([topic, group, member])
        this.#sql('delete from genever_member where topic = ? and name = ? and member = ?').run([topic, group, member])
        return
      }
      for (const lane of lanes) {
        this.#sql(
          'update genever_cursor set owner = null, lease_until_ms = 0 where topic = ? and name = ? and lane = ? and owner = ?',
        ).run([topic, group, lane, member])
      }
    })
  }

  lag({ topic, group }: GroupName): number | undefined {
    const row = this.#sql(`
      select sum((select count(*) from genever_log l where l.topic = c.topic and l.lane = c.lane and l.position > c.position)) as n
      from genever_cursor c where c.topic = ? and c.name = ?`).get([topic, group])
    return row?.n === null || row?.n === undefined ? undefined : Number(row.n)
  }

  topics(): { topic: string; messages: number }[] {
    const rows = this.#sql('select topic, count(*) as n from genever_log group by topic order by topic').all()
    return rows.map(({ topic, n }) => ({ topic: String(topic), messages: Number(n) }))
  }

  groups(topic: string): string[] {
    return this.#sql('select distinct name from genever_cursor where topic = ?')
      .all([topic])
      .map(({ name }) => String(name))
  }

  /** Drops what is older and has been read by every group; gives how many. */
  trim(beforeMs: number): number {
    return this.#sql(`
      delete from genever_log where appended_ms < ? and position <= coalesce(
        (select min(position) from genever_cursor c where c.topic = genever_log.topic and c.lane = genever_log.lane), 9223372036854775807)`).run(
      [beforeMs],
    ).changes
  }

  /** Changes whenever another connection has written. */
  version(): number {
    return Number(this.#sql('pragma data_version').get()?.data_version)
  }

  #appendOne({ topic, id, key, headers, body, delayMs = 0 }: Message, nowMs: number): void {
    const lane = key === undefined ? this.#nextLane++ % laneCount : laneOf(key)
    const values = [topic, lane, id, key ?? null, JSON.stringify(headers), body]
    if (delayMs > 0)
      this.#sql('insert into genever_delayed values (?, ?, ?, ?, ?, ?, ?)').run([nowMs + delayMs, ...values])
    else
      this.#sql(
        'insert into genever_log (topic, lane, id, key, headers, body, appended_ms) values (?, ?, ?, ?, ?, ?, ?)',
      ).run([...values, nowMs])
  }

  #sql(text: string): SqlStatement {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#database.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

function loggedFrom(
  topic: string,
  { position, id, key, headers, body }: Readonly<Record<string, unknown>>,
): LoggedMessage {
  return {
    position: Number(position),
    message: {
      topic,
      id: String(id),
      key: key === null || key === undefined ? undefined : String(key),
      headers: JSON.parse(String(headers)) as MessageHeaders,
      body: body as Uint8Array,
    },
  }
}
