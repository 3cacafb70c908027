/**
 * Where a service keeps its data, and what carries the events: configuration alone chooses the systems.
 *
 *   SHOP_DATA=.genever/shop                                    a folder: a SQLite file for each service, and one for the events
 *   SHOP_DATABASE=postgres://shop@localhost/shop_{service}     a database for each service
 *   SHOP_EVENTS=redis://localhost                              the broker of all
 */
import { mkdir } from 'node:fs/promises'
import type { Service } from 'genever'
import { createDatabase, type Database, type Migration, migrate } from 'genever/database'
import { createMessaging, type Messaging } from 'genever/messaging'
import { Inbox } from 'genever/outbox'
import { z } from 'zod'

export const Storage = z.object({
  folder: z.string().default('.genever/shop'),
  /** `{service}` stands for the name of the service, `{folder}` for the folder. */
  database: z.string().default('sqlite:{folder}/{service}.sqlite'),
  events: z.string().default('sqlite:{folder}/events.sqlite'),
})

/** For the `config` of a service that stores something. */
export const storage = {
  schema: Storage,
  variables: { SHOP_DATA: 'folder', SHOP_DATABASE: 'database', SHOP_EVENTS: 'events' },
}

export type StoringService = Service<typeof Storage>

/**
 * The service's own database. At the start its migrations are applied, by one process of however many there are; `genever migrate up` does the
 * same beforehand, where a service may not change its tables.
 */
export function databaseOf<Tables>(service: StoringService, migrations: readonly Migration[]): Database<Tables> {
  const db = createDatabase<Tables>({ url: () => addressOf('database', service), ...service.telemetry })
  service.add({ name: 'folder', start: () => makeFolder(service) })
  service.add(db)
  service.add({ name: 'tables', start: async () => void (await migrate(db, { migrations })) })
  return db
}

/** Events to and from the others. What a handler does to `database` happens once, however often an event is delivered. */
export function eventsOf<Tables>(service: StoringService, database: Database<Tables>): Messaging {
  const inbox = new Inbox({ database })
  const events = createMessaging({
    url: () => addressOf('events', service),
    source: service.name,
    layers: [inbox.layer],
    ...service.telemetry,
  })
  // While the broker is away calls are answered as ever; events wait in the outbox.
  service.add(events, { critical: false })
  service.schedule('@daily', async () => void (await inbox.trim()), { name: 'trim-inbox' })
  return events
}

function addressOf(what: 'database' | 'events', { config, name }: StoringService): string {
  const { folder, [what]: address } = config.value
  return address.replaceAll('{folder}', folder).replaceAll('{service}', name)
}

async function makeFolder({ config }: StoringService): Promise<void> {
  const { folder, database, events } = config.value
  if ([database, events].some((address) => address.includes('{folder}'))) await mkdir(folder, { recursive: true })
}
