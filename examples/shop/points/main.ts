/** Runs points until it is told to stop. */
import { createPoints } from './service.ts'

await createPoints().run()
