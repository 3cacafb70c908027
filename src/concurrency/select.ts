/**
 * select: waits for the first of several things, as Go's statement does.
 *
 *   some are ready ──▶ one of them by lot, all equally likely
 *   none is ready  ──▶ wait in every queue ─▶ the first that comes wins, and all other queues are left at once
 *                          └─ trySelect: undefined instead of waiting (Go's `default`)
 */
import { type Context, currentContext } from '../foundation/context/context.ts'
import type { SelectCase, SelectEntry, SelectResult, SelectWait } from './select-case.ts'

/** Cases by name; one that is undefined is never ready, as a nil channel in Go. */
export type SelectCases = Readonly<Record<string, SelectCase<SelectResult> | undefined>>

/** Tells by `case` which one was chosen; `ok` and `value` have its type. */
export type Selected<Cases extends SelectCases> = {
  [Name in keyof Cases & string]: Cases[Name] extends SelectCase<infer Result> | undefined
    ? { readonly case: Name } & Result
    : never
}[keyof Cases & string]

export interface SelectOptions {
  /** Cancels the waiting; the default is the current one. A case of `cancelled(context)` is chosen instead of throwing. */
  context?: Context | undefined
  /** From 0 up to 1: who wins among those that are ready. */
  random?: () => number
}

/** @throws ServiceError why the context was cancelled while nothing was ready; what a chosen case throws. */
export function select<const Cases extends SelectCases>(
  cases: Cases,
  { context = currentContext(), random = Math.random }: SelectOptions = {},
): Promise<Selected<Cases>> {
  try {
    const selected = trySelect(cases, { random })
    if (selected !== undefined) return Promise.resolve(selected)
  } catch (error) {
    return Promise.reject(error)
  }
  const reason = context?.cancelled
  if (reason !== undefined) return Promise.reject(reason)
  return new Selection(cases, context).promise as Promise<Selected<Cases>>
}

/** What is ready now, by lot; undefined when nothing is: Go's `select` with a `default`. @throws what a chosen case throws. */
export function trySelect<const Cases extends SelectCases>(
  cases: Cases,
  { random = Math.random }: Pick<SelectOptions, 'random'> = {},
): Selected<Cases> | undefined {
  let readyCount = 0
  let chosen: string | undefined
  for (const name in cases) {
    // The n-th that is ready replaces the one before with probability 1/n: all are equally likely, without a list.
    if (cases[name]?.isReady() && random() * ++readyCount < 1) chosen = name
  }
  const choice = chosen === undefined ? undefined : cases[chosen]
  if (chosen === undefined || choice === undefined) return undefined
  const { ok, value } = choice.take()
  return { case: chosen, ok, value } as unknown as Selected<Cases>
}

/** One select that waits. */
class Selection {
  readonly promise: Promise<unknown>
  readonly #resolve: (selected: unknown) => void
  readonly #reject: (error: Error) => void
  readonly #waits: SelectWait[] = []
  #unwatch: (() => void) | undefined
  #isOver = false

  constructor(cases: SelectCases, context: Context | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
    for (const name in cases) {
      const wait = cases[name]?.wait(this.#entry(name))
      if (wait !== undefined) this.#waits.push(wait)
    }
    // Last, so that a case that waits for the same context is told first and is chosen.
    this.#unwatch = context?.onCancel((reason) => this.#end(() => this.#reject(reason)))
  }

  #entry(name: string): SelectEntry<SelectResult> {
    return {
      win: ({ ok, value }) => this.#end(() => this.#resolve({ case: name, ok, value })),
      fail: (error) => this.#end(() => this.#reject(error)),
    }
  }

  #end(settle: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#unwatch?.()
    for (const wait of this.#waits) wait.leave()
    settle()
  }
}
