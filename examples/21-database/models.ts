/** The tables of the example. */
import { column, defineModel } from 'genever/database'

export const Account = defineModel('account', {
  id: column.id(),
  owner: column.text({ max: 40 }).unique(),
  cents: column.integer({ min: 0 }).default(0),
  version: column.version(),
  deleted_at: column.deletedAt(),
})
