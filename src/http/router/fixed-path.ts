/**
 * FixedPath: the route that was probably meant by a path in the wrong case, with doubled slashes or dot segments.
 *
 *   /Users//42/../7/  ── clean ─▶ /Users/7/ ── fold ─▶ /users/7/ ── tree of folded patterns, then with or without the
 *                                                                   last slash ─▶ /users/:id ─▶ /users/7
 */
import { escapedText } from './path-text.ts'
import type { TreePart } from './pattern-bytes.ts'
import { shapeOf } from './pattern-shape.ts'
import { RadixTree } from './radix-tree.ts'
import { RouteMatch } from './route-match.ts'

const slash = 0x2f
const dot = 0x2e

export interface FixableRoute {
  readonly parts: readonly TreePart[]
}

export class FixedPaths {
  readonly #tree = new RadixTree<FixableRoute>()
  readonly #match = new RouteMatch()
  readonly #raw: boolean

  /** Where two routes differ only in case, the first one counts. */
  constructor(routes: Iterable<FixableRoute>, raw: boolean) {
    this.#raw = raw
    for (const route of routes) this.#tree.insert(shapeOf(route.parts.map(foldPart)), route)
  }

  /** The path that leads to the route meant, escaped. `path` is decoded. */
  find(path: Uint8Array): string | undefined {
    const cleaned = cleanPath(path)
    const { bytes, origins } = fold(cleaned)
    const length = origins.length - 1
    const ends = bytes[length - 1] === slash ? length - 1 : length + 1
    bytes[length] = slash
    const route = this.#tree.find(bytes, 0, length, this.#match) ?? this.#tree.find(bytes, 0, ends, this.#match)
    if (route === undefined) return undefined

    let text = ''
    let param = 0
    for (const part of route.parts) {
      if (part.kind === 'static') text += escapedText(part.bytes, this.#raw)
      else {
        const { offsets } = this.#match
        const [start, end] = [offsets[2 * param], offsets[2 * param + 1]].map((at) => origins[at ?? 0])
        text += escapedText(cleaned.subarray(start, end), this.#raw)
        param++
      }
    }
    return text
  }
}

/** Drops doubled slashes and resolves dot segments, never above the root; keeps a slash at the end. */
export function cleanPath(path: Uint8Array): Uint8Array {
  const cleaned = new Uint8Array(path.length)
  cleaned[0] = slash
  let to = 1
  let trailing = path.length > 1 && path.at(-1) === slash
  for (let from = 1; from < path.length; ) {
    const stop = segmentEnd(path, from)
    const size = stop - from
    const isDot = size === 1 && path[from] === dot
    if (size === 2 && path[from] === dot && path[from + 1] === dot) {
      to = Math.max(1, cleaned.lastIndexOf(slash, to - 1))
    } else if (size > 0 && !isDot) {
      if (to > 1) cleaned[to++] = slash
      cleaned.set(path.subarray(from, stop), to)
      to += size
    } else if (isDot && stop === path.length) trailing = true
    from = stop + 1
  }
  if (trailing && to > 1) cleaned[to++] = slash
  return cleaned.subarray(0, to)
}

function segmentEnd(path: Uint8Array, from: number): number {
  const end = path.indexOf(slash, from)
  return end === -1 ? path.length : end
}

function foldPart(part: TreePart): TreePart {
  if (part.kind !== 'static') return part
  const { bytes, origins } = fold(part.bytes)
  return { kind: 'static', bytes: bytes.slice(0, origins.length - 1) }
}

/** Lower-cases character by character, so that no neighbour matters; with the place that each byte came from. */
function fold(bytes: Uint8Array): { bytes: Uint8Array; origins: number[] } {
  const folded: number[] = []
  const origins: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const next = at + characterLength(bytes[at] as number)
    for (const byte of foldCharacter(bytes.subarray(at, next))) {
      folded.push(byte)
      origins.push(at)
    }
    at = next
  }
  origins.push(bytes.length)
  // One byte more, for a slash at its end.
  return { bytes: Uint8Array.from([...folded, 0]), origins }
}

function foldCharacter(bytes: Uint8Array): Uint8Array {
  const [byte = 0] = bytes
  if (bytes.length === 1) return byte >= 0x41 && byte <= 0x5a ? Uint8Array.of(byte | 0x20) : bytes
  return new TextEncoder().encode(new TextDecoder().decode(bytes).toLowerCase())
}

/** By the first byte of its UTF-8; the mark of an encoded slash is one byte. */
function characterLength(first: number): number {
  if (first < 0xc0 || first === 0xff) return 1
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : 4
}
