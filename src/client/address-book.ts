/**
 * AddressBook: where a service answers now.
 *
 *   resolver ──at the first call──▶ places      asked again in the background once they are `refreshMs` old;
 *      └─ fails later ─▶ the last known ones    whoever is gone among them is found out by its calls
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { atAddress } from './endpoint.ts'
import { type Place, placesOf } from './place.ts'
import type { Addresses } from './resolver.ts'

export interface AddressBookOptions {
  readonly ask: () => Addresses | Promise<Addresses>
  readonly refreshMs: number
  /** Gives all addresses of a host name; without it a name is one place. */
  readonly lookUp?: ((host: string) => Promise<readonly string[]>) | undefined
  readonly clock: Clock
  readonly changed: (places: readonly Place[]) => void
  /** An address book that could not be renewed. */
  readonly failed: (error: unknown) => void
}

export class AddressBook {
  readonly #options: AddressBookOptions
  #places: readonly Place[] = []
  #askedMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(options: AddressBookOptions) {
    this.#options = options
  }

  get places(): readonly Place[] {
    return this.#places
  }

  /** Undefined once places are known; else what must be awaited first. @throws what the resolver throws. */
  ready(): Promise<void> | undefined {
    const { clock, refreshMs } = this.#options
    if (clock.monotonic() - this.#askedMs < refreshMs) return undefined
    this.#asking ??= this.#ask()
    if (this.#places.length === 0) return this.#asking
    // Whoever calls now need not wait: what was right a moment ago is nearly always right.
    this.#asking.catch(this.#options.failed)
    return undefined
  }

  async #ask(): Promise<void> {
    const { ask, clock, lookUp } = this.#options
    try {
      const places = placesOf(await ask())
      this.#take(
        lookUp === undefined ? places : (await Promise.all(places.map((place) => spread(place, lookUp)))).flat(),
      )
    } finally {
      // A resolver that fails is not asked with every call.
      if (this.#places.length > 0) this.#askedMs = clock.monotonic()
      this.#asking = undefined
    }
  }

  #take(places: readonly Place[]): void {
    if (places.length === 0) throw nowhere()
    const isSame = places.length === this.#places.length && places.every(({ url }, at) => url === this.#places[at]?.url)
    if (isSame) return
    // Those that stay keep their identity, by which balancing knows them.
    const known = new Map(this.#places.map((place) => [place.url, place]))
    this.#places = places.map((place) => known.get(place.url) ?? place)
    this.#options.changed(this.#places)
  }
}

/** One place for each address of its host. */
async function spread(place: Place, lookUp: (host: string) => Promise<readonly string[]>): Promise<Place[]> {
  const { host } = place.endpoint
  const addresses = await lookUp(host)
  if (addresses.length === 0 || addresses.includes(host)) return [place]
  return addresses.toSorted().map((address) => ({
    ...place,
    url: `${place.url} at ${address}`,
    endpoint: atAddress(place.endpoint, address),
  }))
}

function nowhere(): ServiceError {
  return new ServiceError('SERVICE_UNKNOWN', 'The resolver gave no address for the service that is called.', {
    status: 502,
    retryable: false,
  })
}
