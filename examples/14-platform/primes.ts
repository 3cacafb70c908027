/** Runs in a thread of its own, so that the event loop of the program stays free. */
import { parentThread } from 'genever/platform'

const parent = parentThread()
parent?.post(primeNumber(Number(parent.input)))

function primeNumber(nth: number): number {
  const primes: number[] = []
  for (let candidate = 2; primes.length < nth; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes[nth - 1] ?? 0
}
