/** Runs the gateway until it is told to stop. */
import { createGateway } from './service.ts'

await createGateway().run()
