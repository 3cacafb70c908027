/** accruing: a counter of what somebody else has counted already, read before each reading. */
import type { Meter } from './meter.ts'

export interface AccruingOptions {
  readonly name: string
  readonly help: string
  /** The sum so far. Where it falls, nothing is added. */
  readonly read: () => number
}

export function accruing(meter: Meter, { name, help, read }: AccruingOptions): void {
  let counted = 0
  meter.counter({
    name,
    help,
    collect(counter) {
      const present = read()
      counter.add(Math.max(0, present - counted))
      counted = present
    },
  })
}
