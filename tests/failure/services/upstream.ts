/**
 * A service that is called, and that fails as it is told to. It prints its port, then takes one word in a line:
 *
 *   good · failing (503 at once) · slow (an answer after 2 s)     how it answers from now on
 *   count                                                         prints how many requests came since the last time
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServiceError } from 'genever'
import { createApp } from 'genever/http'
import { socketsEngine } from 'genever/wire'

let mode = 'good'
let requests = 0
const app = createApp()
const answer = async (): Promise<{ id: string }> => {
  requests++
  if (mode === 'failing') throw new ServiceError('DOWN', 'It was told to fail.', { status: 503 })
  await sleep(mode === 'slow' ? 2_000 : 5)
  return { id: 'a' }
}
app.get('/things/:id', answer)
app.post('/things', answer)
const { port } = await socketsEngine.listen({ handler: app.handler })
console.log(port)
createInterface(process.stdin)
  .on('line', (word) => {
    if (word === 'count') {
      console.log(requests)
      requests = 0
    } else mode = word
  })
  .on('close', () => process.exit())
