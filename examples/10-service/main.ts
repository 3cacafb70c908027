/**
 * service: routes, a component with its health, a warm-up hook and objectives in one declaration.
 *
 *   GET /count → 200 {"count":1}
 *   GET /count → 200 {"count":2}
 *   prints warmed up
 */
import { type Component, createService } from 'genever'

class Counter implements Component {
  readonly name = 'counter'
  #count = 0
  #isOpen = false

  start(): void {
    this.#isOpen = true
  }
  stop(): void {
    this.#isOpen = false
  }
  health(): { status: 'UP' | 'DOWN' } {
    return { status: this.#isOpen ? 'UP' : 'DOWN' }
  }
  next(): number {
    return ++this.#count
  }
}

const counter = new Counter()
const service = createService({
  name: 'counting',
  slo: { availability: 0.999, latency: { p99Ms: 250 } },
  scale: { min: 2, max: 20, cpu: 0.6 },
})
service.add(counter)
service.onWarmup('say so', () => console.log('warmed up'))
service.http.get('/count', () => ({ count: counter.next() }))

await service.run()
