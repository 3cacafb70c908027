/** What this process holds and cannot let go of, in bytes: heap and buffers after a whole collection. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export function reachableBytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function collect(): void {
  const bun = Reflect.get(globalThis, 'Bun') as { gc(force: boolean): void } | undefined
  if (bun !== undefined) bun.gc(true)
  else {
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
  }
}
