/** Runs notifications until it is told to stop. */
import { createNotifications } from './service.ts'

await createNotifications().run()
