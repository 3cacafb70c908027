/** What a context costs a request: making one and running a call in it, against the bare call. Fastest of five rounds. */
import { Context } from '../src/foundation/context/context.ts'

const calls = 2_000_000
const rounds = 5
let sum = 0

function work(): number {
  return 1
}

function fastestNs(call: () => number): number {
  const times = Array.from({ length: rounds }, () => {
    const startedMs = performance.now()
    for (let i = 0; i < calls; i++) sum += call()
    return ((performance.now() - startedMs) / calls) * 1e6
  })
  return Math.min(...times)
}

const bareNs = fastestNs(work)
const inContextNs = fastestNs(() => new Context().run(work))
console.log(`bare call ${bareNs.toFixed(1)} ns, in a context of its own ${inContextNs.toFixed(0)} ns (${sum} calls)`)
