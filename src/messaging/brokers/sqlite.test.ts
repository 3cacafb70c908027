/** The log in a SQLite file keeps what every broker promises. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { describeBroker } from '../broker.contract.ts'
import { sqliteBroker } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-broker-'))
after(() => rmSync(folder, { recursive: true }))

describeBroker({
  name: 'a log in a SQLite file',
  open: async () => sqliteBroker({ path: join(folder, 'events.db'), leaseMs: 600 }),
})
