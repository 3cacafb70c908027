/** Relays what stands in the outbox, until it is ended or dies around a publish. */
import { Relay } from '../../../src/outbox/relay.ts'
import { crashPoints, openDatabase, openMessaging, settingsFromCommandLine } from './parts.ts'

const settings = settingsFromCommandLine()
// It comes by its crash points once for each batch, the others once for each message.
const crash = crashPoints({ ...settings, crashRate: 4 * settings.crashRate })
const messaging = openMessaging(settings, 'relay')
const publish = messaging.publishMessages.bind(messaging)
messaging.publishMessages = async (messages) => {
  crash('before the publish')
  await publish(messages)
  crash('after the publish')
}
const relay = new Relay({ database: openDatabase(settings), messaging, pollMs: 20, leaseMs: 1_000, batch: 20 })
relay.start()
