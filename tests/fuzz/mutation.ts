/** Seeded chance, and the ways in which a message is spoiled. The same seed gives the same inputs on every machine. */

export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 to below `limit` (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }
}

/** What parsers stumble over. */
const nastyTexts = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  '\n\n',
  ' ',
  '\t',
  ':',
  ';',
  '=',
  '"',
  '\\',
  ',',
  '#',
  '?',
  '/',
  '*',
  '\0',
  '\x7f',
  '\xff',
  '0',
  '-1',
  '+5',
  '0x5',
  'ffffffffffffffff',
  '99999999999999999999',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'chunked',
  'close',
  'Host: b\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: x\r\nConnection: upgrade\r\n',
  '__proto__: x\r\n',
  ' folded\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  '1;a="b"\r\nx\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
]

/** `text` with one to four changes. */
export function mutate(text: string, others: readonly string[], random: Random): string {
  let mutated = text
  for (let changes = 1 + random.below(4); changes > 0; changes--) mutated = change(mutated, others, random)
  return mutated
}

function change(text: string, others: readonly string[], random: Random): string {
  const at = random.below(text.length + 1)
  const length = 1 + random.below(8)
  const [before, after] = [text.slice(0, at), text.slice(at)]
  switch (random.below(8)) {
    case 0:
      return before + String.fromCharCode(random.below(256)) + after.slice(1)
    case 1:
      return before + random.pick(nastyTexts) + after
    case 2:
      return before + random.pick(nastyTexts) + after.slice(length)
    case 3:
      return before + after.slice(length)
    case 4:
      return before + after.slice(0, length).repeat(1 + random.below(20)) + after
    case 5:
      return before + random.pick(others).slice(random.below(20))
    case 6:
      return before
    default:
      return before + flipCase(after.slice(0, length)) + after.slice(length)
  }
}

function flipCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()
}

/** Up to six places to cut a text of that length, or all of them now and then. */
export function randomCuts(length: number, random: Random): number[] {
  if (length < 200 && random.below(20) === 0) return Array.from({ length }, (_, index) => index)
  return Array.from({ length: random.below(7) }, () => random.below(length + 1)).sort((a, b) => a - b)
}
