/**
 * Catalogue: the shelves as inventory shows them, or as it showed them last while it does not answer.
 *
 *   list, find ─▶ inventory ──answers──▶ shown, and kept
 *                    └─ does not ─▶ kept within the hour? ─▶ shown with its age     else the error
 *
 * Those who look at the same shelf at the same time share one call: the more people look, the less each of them costs inventory.
 *
 * People may look at a shelf of a minute ago; whether there is enough of it is decided by inventory when they order.
 */

import type { ClientOf } from 'genever/api'
import { Singleflight } from 'genever/concurrency'
import { isOutage, lastGood, policy } from 'genever/resilience'
import type { z } from 'zod'
import type { inventoryApi, Product, ProductQuery } from '../inventory/api.ts'
import type { Page } from '../kit/paging.ts'

/** What is shown; `ageMs` is 0 for what inventory has just said. */
export interface Shown<T> {
  readonly value: T
  readonly ageMs: number
}

const hourMs = 3_600_000

export class Catalogue {
  readonly #inventory: ClientOf<typeof inventoryApi>
  readonly #asking = new Singleflight<string, { readonly value: unknown; readonly saidMs: number }>()
  readonly #keep = policy(lastGood({ name: 'catalogue', maxAgeMs: hourMs }))

  constructor(inventory: ClientOf<typeof inventoryApi>) {
    this.#inventory = inventory
  }

  list(query: z.input<typeof ProductQuery>): Promise<Shown<Page<Product>>> {
    return this.#show(`list ${JSON.stringify(query)}`, () => this.#inventory.listProducts({ query }))
  }

  find(sku: string): Promise<Shown<Product>> {
    return this.#show(`find ${sku}`, () => this.#inventory.getProduct({ params: { sku } }))
  }

  /** Names by SKU, in one call. Undefined while nobody can say: an order can be read without them. */
  async namesOf(skus: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      const { items } = await this.#inventory.findProducts({ body: { skus: [...skus] } })
      return new Map(items.map(({ sku, name }) => [sku, name]))
    } catch (error) {
      if (isOutage(error)) return undefined
      throw error
    }
  }

  async #show<T>(key: string, ask: () => Promise<T>): Promise<Shown<T>> {
    const askedMs = performance.now()
    const said = () => this.#asking.do(key, async () => ({ value: await ask(), saidMs: performance.now() }))
    const { value, saidMs } = await this.#keep(said, { key })
    // What was said before anybody asked is what was kept. A key stands for one question, and so for one type.
    return { value: value as T, ageMs: saidMs < askedMs ? askedMs - saidMs : 0 }
  }
}
