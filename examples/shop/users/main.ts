/** Runs users until it is told to stop. */
import { createUsers } from './service.ts'

await createUsers().run()
