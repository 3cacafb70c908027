/** Runs payments until it is told to stop. */
import { createPayments } from './service.ts'

await createPayments().run()
