/**
 * Random walks over a channel, beside a model of a few lines: what every operation ends with must be the same.
 *
 *   send, trySend, receive, tryReceive, select, cancel, close ─▶ Channel ─▶ outcomes ─┐
 *                                                          └───▶ model ───▶ outcomes ─┴─ equal
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Context } from '../foundation/context/context.ts'
import { Channel } from './channel.ts'
import { watchPending } from './pending-watch.ts'
import { select } from './select.ts'
import { nextTurn } from './sleep.ts'

type Step = 'send' | 'trySend' | 'receive' | 'tryReceive' | 'selectReceive' | 'selectSend' | 'cancelOldest' | 'close'

/** `sent`, `full`, `empty`, `cancelled`, `closed`, `over`, or `got 7`. An operation that still waits has none. */
type Outcomes = (string | undefined)[]

const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom<Step>('send', 'trySend', 'receive', 'tryReceive', 'selectReceive', 'selectSend'),
    },
    { weight: 2, arbitrary: fc.constant<Step>('cancelOldest') },
    { weight: 1, arbitrary: fc.constant<Step>('close') },
  ),
  { maxLength: 60 },
)

describe('Channel', () => {
  it('does what a model of it does, on random walks', async () => {
    const walk = fc.asyncProperty(fc.nat({ max: 3 }), steps, async (capacity, walked) => {
      const watch = watchPending()
      const real = new RealChannel(capacity)
      const model = new ModelChannel(capacity)
      for (const [at, step] of walked.entries()) {
        real.take(step, at)
        model.take(step, at)
      }
      await nextTurn()
      assert.deepEqual(real.outcomes, model.outcomes)
      assert.equal(watch.pending().length, model.waiting, 'who has ended has left its queue')
      watch.stop()
      real.giveUp()
      await nextTurn()
    })
    await fc.assert(walk, { numRuns: 400 })
  })
})

class RealChannel {
  readonly outcomes: Outcomes = []
  readonly #channel: Channel<number>
  readonly #contexts = new Map<number, Context>()

  constructor(capacity: number) {
    this.#channel = new Channel<number>(capacity)
  }

  take(step: Step, at: number): void {
    this.outcomes[at] = this.#atOnce(step, at)
    const context = new Context()
    const waiting = this.#begin(step, { value: at, context })
    if (waiting !== undefined) this.#follow(at, context, waiting)
  }

  #atOnce(step: Step, value: number): string | undefined {
    const channel = this.#channel
    if (step === 'cancelOldest') this.#contexts.values().next().value?.cancel()
    if (step === 'close' && !channel.closed) channel.close()
    if (step === 'trySend') return channel.closed ? 'closed' : channel.trySend(value) ? 'sent' : 'full'
    if (step !== 'tryReceive') return undefined
    const received = channel.tryReceive()
    return received === undefined ? 'empty' : told(received)
  }

  #begin(step: Step, { value, context }: { value: number; context: Context }): Promise<string> | undefined {
    const channel = this.#channel
    if (step === 'send') return channel.send(value, context).then(() => 'sent')
    if (step === 'receive') return channel.receiveOk(context).then(told)
    if (step === 'selectSend') return select({ it: channel.sending(value) }, { context }).then(() => 'sent')
    if (step === 'selectReceive') return select({ it: channel.receiving() }, { context }).then(told)
    return undefined
  }

  giveUp(): void {
    for (const context of this.#contexts.values()) context.cancel()
  }

  #follow(at: number, context: Context, operation: Promise<string>): void {
    // Those that have ended too: cancelling one of them must do nothing, as in the model.
    this.#contexts.set(at, context)
    context.onCancel(() => this.#contexts.delete(at))
    const end = (outcome: string): void => {
      this.outcomes[at] = outcome
    }
    operation.then(end, ({ code }: { code: string }) => end(code === 'CANCELLED' ? 'cancelled' : 'closed'))
  }
}

class ModelChannel {
  readonly outcomes: Outcomes = []
  readonly #capacity: number
  readonly #buffer: number[] = []
  #senders: number[] = []
  #receivers: number[] = []
  /** In the order of beginning, ended or not: cancelling takes the first. */
  readonly #followed: number[] = []
  #closed = false

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get waiting(): number {
    return this.#senders.length + this.#receivers.length
  }

  take(step: Step, at: number): void {
    this.outcomes[at] = undefined
    if (step === 'cancelOldest') this.#cancel(this.#followed.shift())
    else if (step === 'close') this.#close()
    else this.#operate(step, at)
  }

  #operate(step: Step, at: number): void {
    const isSend = step === 'send' || step === 'selectSend' || step === 'trySend'
    const outcome = isSend ? this.#send(at) : this.#receive()
    const mayWait = !step.startsWith('try')
    if (mayWait) this.#followed.push(at)
    if (outcome !== undefined) this.outcomes[at] = outcome
    else if (!mayWait) this.outcomes[at] = isSend ? 'full' : 'empty'
    else if (isSend) this.#senders.push(at)
    else this.#receivers.push(at)
  }

  #send(at: number): string | undefined {
    if (this.#closed) return 'closed'
    const receiver = this.#receivers.shift()
    if (receiver !== undefined) this.outcomes[receiver] = `got ${at}`
    else if (this.#buffer.length < this.#capacity) this.#buffer.push(at)
    else return undefined
    return 'sent'
  }

  #receive(): string | undefined {
    const sender = this.#senders.shift()
    if (sender !== undefined) {
      this.outcomes[sender] = 'sent'
      this.#buffer.push(sender)
    }
    const value = this.#buffer.shift()
    if (value !== undefined) return `got ${value}`
    return this.#closed ? 'over' : undefined
  }

  #cancel(at: number | undefined): void {
    if (at === undefined || this.outcomes[at] !== undefined) return
    this.outcomes[at] = 'cancelled'
    this.#senders = this.#senders.filter((other) => other !== at)
    this.#receivers = this.#receivers.filter((other) => other !== at)
  }

  #close(): void {
    this.#closed = true
    for (const receiver of this.#receivers) this.outcomes[receiver] = 'over'
    for (const sender of this.#senders) this.outcomes[sender] = 'closed'
    this.#receivers = []
    this.#senders = []
  }
}

function told(received: { ok: boolean; value: number | undefined }): string {
  return received.ok ? `got ${received.value}` : 'over'
}
