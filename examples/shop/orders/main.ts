/** Runs orders until it is told to stop. */
import { createOrders } from './service.ts'

await createOrders().run()
