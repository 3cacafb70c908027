import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { UpgradedConnection } from '../../wire/exchange.ts'
import { HeaderList } from '../../wire/headers.ts'
import type { Call } from './call.ts'

/** Answers 101 and hands over the connection. @throws ServiceError `NO_UPGRADE` where there is none to hand over (501). */
export function upgradeConnection({ exchange, reply }: Call, protocol: string): UpgradedConnection {
  if (exchange.upgrade === undefined) {
    throw new ServiceError('NO_UPGRADE', 'This engine or protocol cannot hand over a connection.', { status: 501 })
  }
  const connection = exchange.upgrade(new HeaderList().append('upgrade', protocol))
  reply.status = 101
  reply.body = { kind: 'taken' }
  return connection
}
