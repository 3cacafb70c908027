/**
 * QueryReader: a query read where it lies, for whoever knows beforehand which names may come.
 *
 *   q=tea&page=2     `q` and `page` are compared as bytes, and only the values become text
 *
 * It gives what `parseQuery` gives, and leaves to it whatever holds an escape.
 */
import type { RawQuery } from '../../api/operation.ts'
import type { Exchange } from '../../wire/exchange.ts'
import { asciiText } from '../internal/ascii-text.ts'
import { nullRecord } from '../internal/null-record.ts'
import { addPair, parseQuery } from './query-string.ts'

const ampersand = 0x26
const equals = 0x3d
const percent = 0x25
const plus = 0x2b

export type QueryPlace = Pick<Exchange, 'head' | 'queryStart' | 'queryEnd'>

export class QueryReader {
  readonly #names: readonly string[]

  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** @throws ServiceError `BAD_QUERY` (400) as `parseQuery`. */
  read({ head, queryStart, queryEnd }: QueryPlace, maxPairs: number): RawQuery {
    const pairs: Record<string, string | string[]> = nullRecord()
    let count = 0
    for (let start = queryStart; start < queryEnd; ) {
      let nameEnd = -1
      let end = start
      for (; end < queryEnd; end++) {
        const byte = head[end]
        if (byte === ampersand) break
        if (byte === equals && nameEnd === -1) nameEnd = end
        // Both mean that text is not what it looks like.
        if (byte === percent || byte === plus) return wholeQuery(head, queryStart, queryEnd, maxPairs)
      }
      if (end > start) {
        if (++count > maxPairs) return wholeQuery(head, queryStart, queryEnd, maxPairs)
        if (nameEnd === -1) nameEnd = end
        const value = nameEnd < end ? asciiText(head, nameEnd + 1, end) : ''
        addPair(pairs, this.#nameAt(head, start, nameEnd), value)
      }
      start = end + 1
    }
    return pairs
  }

  #nameAt(head: Uint8Array, start: number, end: number): string {
    const names = this.#names
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      if (name.length === end - start && isAt(head, start, name)) return name
    }
    return asciiText(head, start, end)
  }
}

function isAt(head: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (head[start + i] !== name.charCodeAt(i)) return false
  return true
}

function wholeQuery(head: Uint8Array, start: number, end: number, maxPairs: number): RawQuery {
  return parseQuery(asciiText(head, start, end), maxPairs)
}
