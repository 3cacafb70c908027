/**
 * config: typed settings from several sources, all errors at once, secrets never shown.
 *
 *   prints pool of 7
 *   prints database.poolSize = 7 from overrides
 *   prints INVALID_CONFIG
 *   ends
 */
import type { ServiceError } from 'genever'
import { defaults, environmentSource, loadConfig, overrides } from 'genever/config'
import { z } from 'zod'

const schema = z.object({
  database: z.object({ url: z.string().startsWith('postgres://'), poolSize: z.int().min(1).default(5) }),
  newCheckout: z.boolean(),
})

const config = await loadConfig(schema, {
  sources: [
    defaults({ newCheckout: false }),
    environmentSource({ prefix: 'SHOP', env: { SHOP__DATABASE__URL: 'postgres://shop:hunter2@db/shop' } }),
    overrides({ database: { poolSize: 7 } }),
  ],
})
console.log(`pool of ${config.value.database.poolSize}`)
for (const { path, value, origin } of config.describe().settings) console.log(`${path} = ${value} from ${origin}`)

await loadConfig(schema, { sources: [overrides({ database: { url: 'mysql://x', poolSize: 0 } })] }).catch(
  (error: ServiceError) => {
    console.log(error.code)
    console.log(error.message)
  },
)
