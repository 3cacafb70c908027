/** payments: holds money for orders, in a ledger with double entries. */
import { createService } from 'genever'
import { euros, type Money } from '../kit/money.ts'
import { databaseOf, type StoringService, storage } from '../kit/storage.ts'
import { paymentsApi } from './api.ts'
import * as first from './migrations/0001-payments.ts'
import { PaymentStore, type PaymentTables } from './store.ts'

/** `limit`: more than this no customer may owe. */
export function createPayments(limit: Money = euros(500_00)): StoringService {
  const service = createService({
    name: 'payments',
    slo: { availability: 0.999, latency: { p99Ms: 100 } },
    config: storage,
  })
  const database = databaseOf<PaymentTables>(service, [{ name: '0001-payments', ...first }])
  const store = new PaymentStore(database, limit.amount)

  service.http.implement(paymentsApi, {
    async authorise(c) {
      await store.authorise(c.body, c.headers['x-fencing-token'])
      return c.json(c.body, 201)
    },
    async cancel(c) {
      await store.cancel(c.params.orderId, c.headers['x-fencing-token'])
      return c.noContent()
    },
    readAccount: async (c) => c.json(await store.account(c.params.userId)),
    readLedger: async (c) => c.json(await store.ledger()),
  })
  return service
}
