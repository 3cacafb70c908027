/**
 * Dispatcher: from an exchange to its answer.
 *
 *   exchange ─▶ router ─▶ door ─▶ Call ─▶ context.run( onion ) ─▶ write ─▶ close
 *                                       └─throws─▶ onError, problem ─▶ write
 *
 * As long as nothing on the way is asynchronous, nothing here makes a promise, and the head is read where the engine
 * received it. The first promise makes the exchange keep its head and pass on that the client has left.
 */
import { Context } from '../foundation/context/context.ts'
import { narrowedTimeoutMs } from '../resilience/deadline-header.ts'
import type { Exchange } from '../wire/exchange.ts'
import { Call } from './internal/call.ts'
import type { CompiledRoute } from './internal/compiled-route.ts'
import { Door } from './internal/door.ts'
import { answerError } from './internal/error-answer.ts'
import { Routing } from './internal/routing.ts'
import type { Settings } from './internal/settings.ts'
import type { Reply } from './reply.ts'
import { ownBody } from './request/body-reader.ts'
import { askedTimeoutMs, noteCaller } from './request/caller.ts'
import { recordProblem } from './response/problem.ts'
import { writeReply } from './response/write-reply.ts'
import type { AdmissionView } from './shedding.ts'

export class Dispatcher {
  readonly #settings: Settings
  readonly #door: Door | undefined
  /** Answers what no route fits. */
  readonly #fallback: CompiledRoute
  /** Those that no call uses at the moment. */
  readonly #routings: Routing[] = []
  /** Made once: it is what every context is given to run. */
  readonly #answer = (call: Call): void | Promise<void> => this.#answerCall(call)

  constructor(settings: Settings, fallback: CompiledRoute) {
    this.#settings = settings
    this.#fallback = fallback
    const { clock, errors, shedding } = settings
    if (shedding === undefined) return
    this.#door = new Door({
      clock,
      errors,
      shedding,
      peers: settings.peers,
      begin: (exchange, routing, askedMs) => this.#begin(exchange, routing, askedMs),
      release: (routing) => this.#routings.push(routing),
    })
  }

  get admission(): AdmissionView | undefined {
    return this.#door?.view
  }

  /** An `ExchangeHandler`. */
  handle(exchange: Exchange): void | Promise<void> {
    const routing = this.#routings.pop() ?? new Routing(this.#fallback)
    routing.decide(this.#settings.router, exchange)
    const door = this.#door
    const askedMs = askedTimeoutMs(exchange)
    if (door !== undefined && !door.admits(exchange, askedMs)) return door.hold(exchange, routing, askedMs)
    return this.#begin(exchange, routing, askedMs)
  }

  #begin(exchange: Exchange, routing: Routing, askedMs: number | undefined): void | Promise<void> {
    const settings = this.#settings
    const { route } = routing
    if (route.maxBodyBytes !== undefined) exchange.body.maxBytes = route.maxBodyBytes
    const timeoutMs = askedMs === undefined ? route.timeoutMs : narrowedTimeoutMs(askedMs, route.timeoutMs)
    const context = new Context({ timeoutMs, clock: settings.clock })
    if (settings.peers !== undefined || route.priority !== 'normal')
      noteCaller(context, exchange, { peers: settings.peers, ofRoute: route.priority })
    return context.runWith(this.#answer, new Call(exchange, settings, routing, context))
  }

  #answerCall(call: Call): void | Promise<void> {
    let reply: Reply | Promise<Reply>
    try {
      reply = call.route.run(call)
    } catch (error) {
      reply = answerError(call, error)
    }
    return reply instanceof Promise ? this.#answerLater(call, reply) : this.#write(call)
  }

  async #answerLater(call: Call, pending: Promise<Reply>): Promise<void> {
    watch(call)
    this.#door?.goesOn()
    try {
      await pending
    } catch (error) {
      await answerError(call, error)
    }
    this.#door?.ended()
    await this.#write(call)
  }

  #write(call: Call): void | Promise<void> {
    let writing: void | Promise<void>
    try {
      writing = tryToWrite(call)
    } catch (error) {
      this.#close(call)
      throw error
    }
    if (!(writing instanceof Promise)) return this.#close(call)
    watch(call)
    return writing.finally(() => this.#close(call))
  }

  #close(call: Call): void {
    call.isOpen = false
    call.root.finish()
    this.#routings.push(call.routing)
  }
}

/** From here on others run: the head must outlast them, and they want to know when the client leaves. */
function watch(call: Call): void {
  if (call.isWatched) return
  call.isWatched = true
  const { exchange, root } = call
  ownBody(call)
  exchange.retain()
  exchange.onCancel((reason) => root.cancel(reason))
}

function tryToWrite(call: Call): void | Promise<void> {
  if (call.exchange.cancelled !== undefined) return
  try {
    const writing = writeReply(call)
    return writing instanceof Promise ? writing.catch((error) => writeProblem(call, error)) : writing
  } catch (error) {
    return writeProblem(call, error)
  }
}

/** The answer cannot be written: a problem takes its place, unless a part of it was sent already. */
function writeProblem(call: Call, error: unknown): void | Promise<void> {
  if (call.exchange.answered) throw error
  // The layers are through: nobody else will tell.
  call.settings.onFault?.(error)
  recordProblem(call, error)
  return writeReply(call)
}
