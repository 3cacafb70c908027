/**
 * Outbox and inbox: an event and the change that it tells of become true together, and its effect happens once.
 *
 *   transaction { row + outbox.publish } ─▶ Relay ─▶ broker ─▶ consumer ─▶ Inbox { id is new? handler + row } ─▶ ack
 */
export { Inbox, type InboxOptions } from './inbox.ts'
export { Outbox, type OutboxParts } from './outbox.ts'
export { inboxTables, outboxTables } from './outbox-tables.ts'
export { type OutboxView, Relay, type RelayOptions } from './relay.ts'
