/**
 * mapReduce: many items mapped at the same time, the results folded into one as they come.
 *
 *   source ──pulled no faster than tasks end──▶ map × limit ──▶ reduce, one at a time, in the order of completion
 */
import type { Context } from '../foundation/context/context.ts'
import { Group } from './group.ts'

export interface MapReduceOptions<Item, Mapped, Result> {
  map: (item: Item, context: Context) => Mapped | Promise<Mapped>
  /** Called in the order in which maps end, which is not that of the source. */
  reduce: (result: Result, mapped: Mapped) => Result
  initial: Result
  /** Items that are mapped at the same time. Default 16. */
  limit?: number
  context?: Context | undefined
}

/** @throws the first error of the source, a map or a reduce; the other maps are cancelled, and have ended when it rejects. */
export async function mapReduce<Item, Mapped, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  { map, reduce, initial, limit = 16, context }: MapReduceOptions<Item, Mapped, Result>,
): Promise<Result> {
  let result = initial
  const group = new Group({ limit, ...(context !== undefined && { context }) })
  // In the group's context: a source that waits for a channel, say, is cancelled with the maps.
  const feed = async (): Promise<void> => {
    for await (const item of source) {
      await group.ready(group.context)
      group.context.throwIfCancelled()
      group.go(async (inside) => {
        // Two lines: in one, the result would be read before the wait, and what others added meanwhile be lost.
        const mapped = await map(item, inside)
        result = reduce(result, mapped)
      })
    }
  }
  try {
    await group.context.run(feed)
  } catch (error) {
    const isFirst = group.context.cancelled === undefined
    group.cancel(error)
    await group.wait().catch((taskError: unknown) => {
      if (!isFirst) throw taskError
    })
    throw error
  }
  await group.wait()
  return result
}
