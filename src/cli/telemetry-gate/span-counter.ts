/**
 * The receiver, as a process of its own: takes OTLP requests on a free port and counts.
 *
 *   started ─▶ «ready», with its address      «report» ─▶ the tally      ends with its parent
 */
import { onParentGone, onParentMessage, sendToParent } from '../../platform/parent-process.ts'
import { exitProcess } from '../../platform/signals.ts'
import { createService } from '../../service/service.ts'
import type { CounterAnswer } from './counter-messages.ts'
import { readSpans } from './span-ids.ts'
import { SpanTally } from './span-tally.ts'

const maxBodyBytes = 64 * 1024 * 1024

const tally = new SpanTally()
// The runtime's own server, and no layer of ours: it stands outside of what it judges.
const service = createService({ name: 'span-counter', engine: 'native', middleware: false })
service.http.post('/v1/traces', { maxBodyBytes }, async (c) => {
  for (const span of readSpans(await c.raw.bytes())) tally.add(span)
  return c.bytes(new Uint8Array(), 'application/x-protobuf')
})
const { url } = await service.start()
onParentMessage(() => say({ kind: 'report', traces: tally.traces }))
onParentGone(() => exitProcess(0))
say({ kind: 'ready', url })

function say(answer: CounterAnswer): void {
  sendToParent(answer)
}
