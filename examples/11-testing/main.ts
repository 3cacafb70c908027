/**
 * testing: a service, and tests beside it (`service.test.ts`) that turn its clock, take a part away and read its log.
 * `node --test` and `bun test` run them.
 *
 *   POST /seats/1a → 201 {"seat":"1a"}
 *   POST /seats/1a → 409 SEAT_TAKEN
 *   prints printer is on
 */
import { createTickets } from './service.ts'

await createTickets().run()
