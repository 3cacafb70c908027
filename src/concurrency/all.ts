/** all: several tasks as one group, their results in order. */
import { Group, type GroupOptions, type TaskBody } from './group.ts'

type Results<Bodies extends readonly TaskBody<unknown>[]> = {
  -readonly [At in keyof Bodies]: Bodies[At] extends TaskBody<infer T> ? Awaited<T> : never
}

/**
 * Runs them together; `Promise.all` that cancels the rest when one fails, and does not reject before the last has ended.
 *
 * @throws the first error of any of them.
 */
export async function all<const Bodies extends readonly TaskBody<unknown>[]>(
  bodies: Bodies,
  options?: GroupOptions,
): Promise<Results<Bodies>> {
  const group = new Group(options)
  const tasks = bodies.map((body) => group.go(body))
  await group.wait()
  return (await Promise.all(tasks.map((task) => task.result))) as Results<Bodies>
}
