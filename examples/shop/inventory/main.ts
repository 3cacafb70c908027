/** Runs inventory until it is told to stop. */
import { createInventory } from './service.ts'

await createInventory().run()
