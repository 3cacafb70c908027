/** A process that takes a lock, thinks for a moment and writes, again and again. The campaign stops it while it thinks. */
import { createLocks } from 'genever/lock'
import { type Adapter, openAccess } from './systems.ts'

const [adapter = 'redis', url = '', resource = '', leaseMs = '0', fenced = ''] = process.argv.slice(2)
const access = await openAccess(adapter as Adapter, url, fenced === 'fenced')
const locks = createLocks({ store: access.store, leaseMs: Number(leaseMs), pollMs: 10 })
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

for (;;) {
  const lease = await locks.acquire(resource, { waitMs: 60_000 })
  console.log(`held ${lease.token}`)
  await pause(Math.random() * 12)
  // As most programs do: looked at the lock before, and not between here and the write.
  const outcome = await access.write({ resource, token: lease.token }).then(
    () => 'wrote',
    (error: { code?: string }) => (error.code === 'STALE_TOKEN' ? 'refused' : 'failed'),
  )
  console.log(`${outcome} ${lease.token}`)
  await lease.release()
  await pause(Math.random() * 5)
}
