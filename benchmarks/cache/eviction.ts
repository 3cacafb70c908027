/**
 * What a full cache should drop: hit ratios of three policies over made-up traffic, and what a hit costs.
 *
 *   node benchmarks/cache/eviction.ts
 */
import { policies } from './policies.ts'

const keys = 50_000
const requests = 500_000

/** The same for every policy. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Keys by how often they are asked for: the n-th 1 / n ** skew times as often as the first. */
function zipf(skew: number, chance: () => number): () => number {
  const sums = new Float64Array(keys)
  let sum = 0
  for (let at = 0; at < keys; at++) {
    sum += 1 / (at + 1) ** skew
    sums[at] = sum
  }
  return () => {
    const wanted = chance() * sum
    let [low, high] = [0, keys - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const traffic: Readonly<Record<string, () => () => number>> = {
  'Zipf 0.7': () => zipf(0.7, random(1)),
  'Zipf 0.9': () => zipf(0.9, random(2)),
  'Zipf 1.1': () => zipf(1.1, random(3)),
  'Zipf 0.9, a fifth of it scans': () => {
    const [chance, hot] = [random(4), zipf(0.9, random(5))]
    let scanned = keys
    return () => (chance() < 0.2 ? scanned++ : hot())
  },
  'Zipf 0.9, other favourites every 50,000': () => {
    const hot = zipf(0.9, random(6))
    let asked = 0
    return () => (hot() + Math.floor(asked++ / 50_000) * 7_919) % keys
  },
  'round and round 10,000 keys': () => {
    let at = 0
    return () => at++ % 10_000
  },
}

console.log(`| traffic | room | ${Object.keys(policies).join(' | ')} |`)
console.log(
  `|---|---:|${Object.keys(policies)
    .map(() => '---:|')
    .join('')}`,
)
for (const [name, make] of Object.entries(traffic)) {
  for (const capacity of [500, 5_000]) {
    const ratios = Object.values(policies).map((policy) => {
      const [cache, next] = [policy(capacity), make()]
      let hits = 0
      for (let request = 0; request < requests; request++) if (cache.request(next())) hits++
      return `${((hits / requests) * 100).toFixed(1)} %`
    })
    console.log(`| ${name} | ${(capacity / keys) * 100} % | ${ratios.join(' | ')} |`)
  }
}
const costs = Object.entries(policies).map(([name, policy]) => {
  const cache = policy(1_000)
  for (let key = 0; key < 1_000; key++) cache.request(key)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 20; round++) {
    const startedMs = performance.now()
    for (let at = 0; at < 100_000; at++) cache.request(at % 500)
    best = Math.min(best, performance.now() - startedMs)
  }
  return `${name} ${(best * 10).toFixed(0)} ns`
})
console.log(`\na hit: ${costs.join(', ')}`)
