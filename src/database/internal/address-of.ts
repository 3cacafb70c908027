/** addressOf: what an address says of where a database is, without its user and password. */
import type { DatabaseAddress } from '../dialect.ts'

export function addressOf(url: string, system: DatabaseAddress['system'], defaultPort: number): DatabaseAddress {
  if (!URL.canParse(url)) return { system }
  const { hostname, port, pathname } = new URL(url)
  return {
    system,
    port: port === '' ? defaultPort : Number(port),
    ...(hostname !== '' && { host: hostname }),
    ...(pathname.length > 1 && { namespace: decodeURIComponent(pathname.slice(1)) }),
  }
}
