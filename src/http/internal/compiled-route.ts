/**
 * CompiledRoute: a route made ready to answer.
 *
 *   onion( layer ─▶ … ─▶ core( bind ─▶ handler ─▶ record ) )
 *
 * It is put together on its first request, so that a service with hundreds of routes starts as fast as one with three.
 */
import { nextCalledTwice } from '../../foundation/compose/compose.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Priority } from '../../resilience/overload/priority.ts'
import type { Binder } from '../binding/binder.ts'
import { HttpContext } from '../context.ts'
import { isOptional, type Middleware } from '../middleware.ts'
import { isObserver, maxObservers, type Observer, observed } from '../observer.ts'
import { type Reply, unanswered } from '../reply.ts'
import { Serializers } from '../response/serializers.ts'
import type { AnyHandler, RouteInfo } from '../route.ts'
import type { Call } from './call.ts'
import { contextReleased } from './context-released.ts'
import { Lease, orDeadline } from './deadline.ts'
import { recordResult } from './record-result.ts'

export type Answer = Reply | Promise<Reply>
export type Onion = (call: Call) => Answer

export interface RouteParts {
  /** Undefined for what answers when no route fits. */
  readonly info: RouteInfo | undefined
  /** Outermost first; asked for on the first request, when the groups around are complete. */
  readonly middleware: () => readonly Middleware[]
  /** Makes the middle of the onion. */
  readonly core: () => Onion
  readonly timeoutMs: number | undefined
}

export class CompiledRoute {
  readonly info: RouteInfo | undefined
  readonly successStatus: number
  readonly maxBodyBytes: number | undefined
  readonly timeoutMs: number | undefined
  readonly priority: Priority
  readonly serializers: Serializers
  readonly #parts: RouteParts
  #onion: Onion | undefined

  constructor(parts: RouteParts) {
    const spec = parts.info?.spec
    this.info = parts.info
    this.successStatus = successStatusOf(spec?.responses)
    this.maxBodyBytes = spec?.maxBodyBytes
    this.timeoutMs = spec?.timeoutMs ?? parts.timeoutMs
    this.priority = spec?.priority ?? 'normal'
    this.serializers = new Serializers(spec)
    this.#parts = parts
  }

  run(call: Call): Answer {
    this.#onion ??= this.#putTogether()
    return this.#onion(call)
  }

  #putTogether(): Onion {
    const { middleware, core, info } = this.#parts
    let inside = core()
    let observers: Observer[] = []
    for (const layer of middleware().toReversed()) {
      if (isOptional(layer) && !layer.isWanted(info)) continue
      if (isObserver(layer)) {
        const observer = layer.prepare(info)
        if (isIdle(observer)) continue
        if (observers.length === maxObservers) {
          inside = observed(observers, inside)
          observers = []
        }
        observers.unshift(observer)
        continue
      }
      inside = layered(layer, observers.length === 0 ? inside : observed(observers, inside))
      observers = []
    }
    return observers.length === 0 ? inside : observed(observers, inside)
  }
}

/** For this route it has nothing to do. */
function isIdle({ enter, leave, fail }: Observer): boolean {
  return enter === undefined && leave === undefined && fail === undefined
}

/** 200, or the only 2xx that is declared; the lowest of several, which the types do not let pass unnamed. */
function successStatusOf(responses: object | undefined): number {
  if (responses === undefined || Object.hasOwn(responses, 200)) return 200
  const statuses = Object.keys(responses).map(Number)
  return statuses.filter((status) => status >= 200 && status < 300).sort((a, b) => a - b)[0] ?? 200
}

/**
 * `layer` around `inside`; `compose` says what a layer may do. It is written out here because the closure that is its
 * `next` is all that a synchronous layer may cost.
 */
function layered(layer: Middleware, inside: Onion): Onion {
  return (call) => {
    let isOpen = true
    const result = layer(call.c, () => {
      if (!isOpen) throw nextCalledTwice(layer.name)
      isOpen = false
      // The answer is gone: what is inside would work for nobody.
      if (!call.isOpen) throw contextReleased()
      return inside(call)
    })
    if (result === call.reply && call.progress !== 'inside') return result as Reply
    if (result instanceof Promise) return result.then((settled) => settleLayer(call, layer.name, settled))
    return settleLayer(call, layer.name, result)
  }
}

/** What a layer gave back becomes the answer, if it gave something. */
function settleLayer(call: Call, name: string, result: Awaited<ReturnType<Middleware>>): Reply {
  const { reply } = call
  if (call.progress === 'inside') throw nextNotAwaited(name)
  if (result === reply) return reply
  if (result !== undefined) return recordResult(call, result)
  if (call.progress === 'outside' && reply.body === unanswered && reply.status === call.route.successStatus)
    throw noAnswer(name)
  return reply
}

/** Bind, then handle, then record. */
export function compileCore(binder: Binder | undefined, handler: AnyHandler): Onion {
  return (call) => {
    call.progress = 'inside'
    // Without a deadline nobody can be given up on, and one context serves all.
    const lease = call.context.deadlineMs === Number.POSITIVE_INFINITY ? undefined : new Lease(call)
    let result: unknown
    try {
      result = bindAndHandle(call, lease, binder, handler)
      if (!isThenable(result)) {
        call.progress = 'done'
        return recordResult(call, result)
      }
    } catch (error) {
      call.progress = 'done'
      throw error
    }
    return settleCore(call, lease === undefined ? result : orDeadline(call, lease, result))
  }
}

/** Promises, and what only behaves like one: the queries of database libraries. */
function isThenable(result: unknown): result is PromiseLike<unknown> {
  if (result instanceof Promise) return true
  return (
    typeof result === 'object' &&
    result !== null &&
    typeof (result as Partial<PromiseLike<unknown>>).then === 'function'
  )
}

function bindAndHandle(call: Call, lease: Lease | undefined, binder: Binder | undefined, handler: AnyHandler): unknown {
  const c = lease === undefined ? call.c : new HttpContext(call, lease)
  const binding = binder?.(call)
  return binding === undefined ? handler(c) : binding.then(() => handler(c))
}

async function settleCore(call: Call, work: PromiseLike<unknown>): Promise<Reply> {
  try {
    const result = await work
    return recordResult(call, result)
  } finally {
    call.progress = 'done'
  }
}

function nextNotAwaited(name: string): ServiceError {
  return new ServiceError(
    'NEXT_NOT_AWAITED',
    `${layerName(name)} finished before what it called; return next(), or await it.`,
  )
}

function noAnswer(name: string): ServiceError {
  return new ServiceError('NO_ANSWER', `${layerName(name)} neither answered nor called next().`)
}

function layerName(name: string): string {
  return name === '' ? 'A middleware' : `Middleware '${name}'`
}
