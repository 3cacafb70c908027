/**
 * transaction: a checkout over three services as a saga; one that ends well, and one whose card is refused, so that its reservation is undone.
 *
 *   prints done shipped, receipt 7 stock 8
 *   prints compensated CARD_REFUSED stock 8
 *   ends
 */
import { createDatabase } from 'genever/database'
import { ServiceError } from 'genever/foundation'
import { defineSaga, SagaCoordinator } from 'genever/transaction'
import { z } from 'zod'

const stock = new Map([['gin', 10]])

const checkout = defineSaga('checkout', { input: z.object({ sku: z.string(), quantity: z.int(), card: z.string() }) })
  .step('reserve', {
    run({ input, key }) {
      stock.set(input.sku, (stock.get(input.sku) ?? 0) - input.quantity)
      return { reservation: key }
    },
    compensate({ input }) {
      stock.set(input.sku, (stock.get(input.sku) ?? 0) + input.quantity)
    },
  })
  .step('pay', {
    run({ input }) {
      if (input.card === 'stolen') throw new ServiceError('CARD_REFUSED', 'The card was refused.', { status: 402 })
      return { receipt: 7 }
    },
  })
  .step('ship', { run: ({ results }) => `shipped, receipt ${results.pay.receipt}` })

const db = createDatabase({ url: 'sqlite::memory:' })
const sagas = new SagaCoordinator({ database: db, sagas: [checkout] })
await sagas.start()
for (const card of ['good', 'stolen']) {
  const id = await sagas.begin(checkout, { sku: 'gin', quantity: 2, card })
  const { status, results, error } = await sagas.outcome<typeof checkout.results>(id)
  console.log(status, results.ship ?? error?.code, 'stock', stock.get('gin'))
}
await sagas.stop()
await db.stop()
