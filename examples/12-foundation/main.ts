/**
 * foundation: deadline and values flow without being passed along; layers make an onion; components start and stop in order.
 *
 *   prints acme has 2000 ms
 *   prints in, core, out
 *   prints database up, server up, server down, database down
 *   ends
 */
import { Context, ContextKey, compose, currentContext, type Layer, Lifecycle, ManualClock } from 'genever/foundation'

const tenant = new ContextKey<string>('tenant')
const clock = new ManualClock()
const context = new Context({ timeoutMs: 2_000, clock }).set(tenant, 'acme')
context.run(deepInside)

function deepInside(): void {
  const here = currentContext()
  console.log(`${here?.get(tenant)} has ${here?.remainingMs()} ms`)
}

const steps: string[] = []
const layer: Layer<string[], void> = (trace, next) => {
  trace.push('in')
  next()
  trace.push('out')
}
compose([layer], (trace: string[]) => void trace.push('core'))(steps)
console.log(steps.join(', '))

const events: string[] = []
const lifecycle = new Lifecycle()
for (const name of ['database', 'server']) {
  lifecycle.add({ name, start: () => void events.push(`${name} up`), stop: () => void events.push(`${name} down`) })
}
await lifecycle.start()
await lifecycle.stop(1_000)
console.log(events.join(', '))
