/**
 * schema: what comes in is checked, what goes out is reduced to what was declared.
 *
 *   prints {"page":2,"tags":["tea"]}
 *   prints /quantity too_small
 *   prints {"id":"1","email":"ada@example.com"}
 *   prints {"id":"1","email":"ada@example.com"} as 36 bytes
 *   prints compiled, library: zod: the check overwrite
 *   prints BAD_JSON at byte 8
 *   ends
 */
import { ServiceError } from 'genever'
import { ByteWriter } from 'genever/foundation'
import {
  compileCoercer,
  compileEncoder,
  compileSerializer,
  compileValidator,
  parseJson,
  validate,
} from 'genever/schema'
import { z } from 'zod'

const Query = z.object({ page: z.int(), tags: z.array(z.string()) })
console.log(JSON.stringify(compileCoercer(Query)({ page: '2', tags: 'tea' })))

const Line = z.object({ sku: z.string(), quantity: z.int().min(1) })
const { errors = [] } = await validate(Line, { sku: 'tea', quantity: 0 }, 'body')
for (const { path, rule } of errors) console.log(path, rule)

const User = z.object({ id: z.string(), email: z.string() })
const row = { id: '1', email: 'ada@example.com', passwordHash: 'never sent' }
console.log(compileSerializer(User)(row))

const out = new ByteWriter()
compileEncoder(User)(row, out)
console.log(`${out.written()} as ${out.end} bytes`)

// One compiled check where every part of a schema is known; otherwise the library runs, and the notes say why.
const { mode, notes } = compileValidator(Line.extend({ sku: z.string().trim() }))
console.log(`${compileValidator(Line).mode}, ${mode}: ${notes}`)

try {
  parseJson('{"a":1} and more')
} catch (error) {
  if (error instanceof ServiceError) console.log(error.code, `at byte ${error.details?.offset}`)
}
