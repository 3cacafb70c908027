/**
 * orchestrator: two services as processes of this machine, which find each other by their environment. `genever dev` does
 * the same in a terminal.
 *
 *   prints words ready
 *   prints gateway ready
 *   prints Hello, Ada!
 *   prints gateway stopped
 *   prints words stopped
 *   ends
 */
import { loadWorkspace, Orchestrator } from 'genever/orchestrator'

const workspace = await loadWorkspace(import.meta.dirname)
const orchestrator = new Orchestrator({ workspace, env: process.env })
orchestrator.onEvent((event) => {
  if (event.kind === 'state') console.log(event.service.name, event.service.state)
})

await orchestrator.start(AbortSignal.timeout(15_000))
const gateway = orchestrator.services.find((service) => service.name === 'gateway')
const answer = await fetch(`${gateway?.url}/hello/Ada`)
console.log(await answer.text())
await orchestrator.stop()
