/** What the processes under test share: the event, the tables, and the way to die. */
import { sql } from 'kysely'
import { z } from 'zod'
import { createDatabase } from '../../../src/database/create-database.ts'
import type { Database } from '../../../src/database/database.ts'
import type { MessageLayer } from '../../../src/messaging/consumer.ts'
import { defineEvent } from '../../../src/messaging/event.ts'
import { Messaging } from '../../../src/messaging/messaging.ts'
import { openBroker } from './brokers.ts'

export const numbered = defineEvent('number.given', {
  data: z.object({ n: z.int() }),
  topic: 'numbers',
  key: ({ n }) => `key-${n % 50}`,
})

export interface Settings {
  readonly databaseUrl: string
  readonly brokerUrl: string
  /** `outbox`, or `naive`: the event is published after the commit, and nobody remembers its id. */
  readonly mode: 'outbox' | 'naive'
  /** How many numbers there are. */
  readonly count: number
  /** Share of crash points at which the process dies. */
  readonly crashRate: number
  readonly seed: number
}

export function settingsFromCommandLine(): Settings {
  return JSON.parse(process.argv[2] ?? '{}') as Settings
}

export function openDatabase({ databaseUrl }: Settings): Database {
  return createDatabase({ url: databaseUrl, pool: { max: 10 } })
}

export function openMessaging(
  { brokerUrl }: Settings,
  source: string,
  layers: readonly MessageLayer[] = [],
): Messaging {
  return new Messaging({ broker: openBroker(brokerUrl), source, layers })
}

/** Dies here, now and then: as a crash does, without a word. */
export function crashPoints({ crashRate, seed }: Settings): (name: string) => void {
  // The name is for whoever reads the program: what has died says nothing.
  let state = Math.imul(seed ^ Math.imul(process.pid, 0x9e3779b1), 0x85ebca6b)
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    if (state / 2 ** 32 >= crashRate) return
    process.kill(process.pid, 'SIGKILL')
  }
}

export async function createTables(db: Database): Promise<void> {
  await sql.raw('create table given (n integer primary key)').execute(db.query)
  await sql.raw('create table effect (n integer primary key, times integer not null)').execute(db.query)
}
