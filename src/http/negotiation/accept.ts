/**
 * Proactive negotiation (RFC 9110 section 12.5): which of our offers a client likes best.
 *
 *   accept: text/html, application/*;q=0.8      offers: application/json, text/csv     ▶ application/json
 *   accept-encoding: gzip;q=0.5, br, *;q=0      offers: zstd, br, gzip                 ▶ br
 *
 * Among those it likes equally the first offer wins.
 */

interface Preference {
  /** Lower-case; `*` and `type/*` are patterns. */
  readonly value: string
  readonly quality: number
}

/** The media type to answer with; undefined if none is acceptable. Without the header every one is. */
export function preferredMediaType(header: string | undefined, offers: readonly string[]): string | undefined {
  if (header === undefined) return offers[0]
  const preferences = parsePreferences(header)
  return best(offers, (offer) => qualityOfType(preferences, offer.toLowerCase()))
}

/**
 * The coding to answer with; undefined to send the content as it is. Without the header nothing is said, and nothing is
 * coded (section 12.5.3 would allow it; clients that leave the header out are those that cannot decode).
 */
export function preferredEncoding<T extends string>(header: string | undefined, offers: readonly T[]): T | undefined {
  if (header === undefined) return undefined
  const preferences = parsePreferences(header)
  const chosen = best(offers, (offer) => qualityOfCoding(preferences, offer))
  // Plain content is acceptable unless it was ruled out, and preferred only if it was asked for by a higher quality.
  const identity = preferences.find(({ value }) => value === 'identity')?.quality ?? 0
  return chosen !== undefined && qualityOfCoding(preferences, chosen) >= identity ? chosen : undefined
}

function best<T extends string>(offers: readonly T[], qualityOf: (offer: T) => number): T | undefined {
  let chosen: T | undefined
  let highest = 0
  for (const offer of offers) {
    const quality = qualityOf(offer)
    if (quality > highest) {
      chosen = offer
      highest = quality
    }
  }
  return chosen
}

/** The most specific pattern decides (section 12.5.1). Parameters other than `q` are not told apart. */
function qualityOfType(preferences: readonly Preference[], offer: string): number {
  const essence = offer.split(';', 1)[0]?.trim() ?? ''
  const family = `${essence.split('/', 1)[0]}/*`
  return qualityOfFirst(preferences, [essence, family, '*/*'])
}

function qualityOfCoding(preferences: readonly Preference[], offer: string): number {
  return qualityOfFirst(preferences, offer === 'gzip' ? ['gzip', 'x-gzip', '*'] : [offer, '*'])
}

function qualityOfFirst(preferences: readonly Preference[], patterns: readonly string[]): number {
  for (const pattern of patterns) {
    const preference = preferences.find(({ value }) => value === pattern)
    if (preference !== undefined) return preference.quality
  }
  return 0
}

/** More are not read: a header full of them is somebody's test of our patience. */
const maxPreferences = 32

function parsePreferences(header: string): Preference[] {
  return header.split(',', maxPreferences).map((element) => {
    const [value = '', ...parameters] = element.split(';')
    const weight = parameters
      .map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(parameter)?.[1])
      .find(Boolean)
    return { value: value.trim().toLowerCase(), quality: weight === undefined ? 1 : Math.min(1, Number(weight)) }
  })
}
