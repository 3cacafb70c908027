/** What payments offers: money held for an order, and what a customer owes. */
import { defineApi, del, get, post } from 'genever'
import { z } from 'zod'
import { Fenced } from '../kit/fenced.ts'
import { Money } from '../kit/money.ts'

export const Authorisation = z.object({
  orderId: z.uuid(),
  userId: z.uuid(),
  amount: Money,
})
export type Authorisation = z.infer<typeof Authorisation>

/** A customer of the house: buys now, is sent a bill at the end of the month. */
export const Account = z.object({
  userId: z.uuid(),
  owed: Money,
  /** More than this nobody may owe. */
  limit: Money,
})
export type Account = z.infer<typeof Account>

/** The books: every payment stands in two accounts, once with each sign. */
export const Ledger = z.object({
  entries: z.int(),
  /** Of all entries, in cents: zero, always. */
  sum: z.int(),
  /** Where the entries and what is kept of a customer do not agree: nowhere, always. */
  faults: z.int(),
})
export type Ledger = z.infer<typeof Ledger>

export const paymentsApi = defineApi({
  /** Holds the money, once for an order, however often it is asked; refuses with `PAYMENT_REFUSED` (402). */
  authorise: post('/payments', { headers: Fenced, body: Authorisation, responses: { 201: Authorisation } }),
  /** Gives it back. Also before `authorise` has come: one that comes later is refused. */
  cancel: del('/payments/:orderId', { headers: Fenced, responses: { 204: null } }),
  readAccount: get('/accounts/:userId', { responses: { 200: Account } }),
  readLedger: get('/ledger', { responses: { 200: Ledger } }),
})
