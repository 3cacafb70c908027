/** Money: an amount in the currency's smallest unit, so that sums are exact. */
import { z } from 'zod'

export const Money = z.object({
  /** In cents. */
  amount: z.int().min(0),
  currency: z.literal('EUR'),
})
export type Money = z.infer<typeof Money>

export function euros(cents: number): Money {
  return { amount: cents, currency: 'EUR' }
}

export function formatMoney({ amount, currency }: Money): string {
  return `${(amount / 100).toFixed(2)} ${currency}`
}
