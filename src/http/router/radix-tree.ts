/**
 * RadixTree: patterns on one side, the bytes of a path on the other.
 *
 *   /users/          ── '/users/' ──┬── 'me' ◆       static text first, told apart by its first byte
 *   /users/me                       ├── :param ◆     then a parameter: up to the next slash
 *   /users/:id                      └── *catch-all ◆ then everything that is left
 *
 * Registration only keeps each pattern's shape; the first lookup after it sorts them, so that those that share a node are
 * neighbours, and lays the nodes out in flat arrays, so that a lookup walks numbers:
 *
 *   node   label start · label end · route · param node · catch-all route · jump row · child count · (byte · node)*
 *
 * A tree as code (a function for each node) is faster in a loop that asks for one path and slower in a service: each of
 * hundreds of functions has to become warm by itself, and together they do not fit into a processor's first caches.
 *
 * A dead end goes back to the last node with another choice. Each node fits one position of a path only (a parameter
 * always ends at the next slash), so a lookup visits a node at most once, whatever path an attacker thinks of.
 */
import { catchAllMark, firstMark, paramMark } from './pattern-shape.ts'
import type { RouteMatch } from './route-match.ts'

export interface RadixTreeOptions {
  /**
   * As Gin: a parameter inside of a path may be empty (one at its end never is), and a static route that is missed by the
   * last slash only is not given up for a wildcard, so that the router can redirect there. Default false.
   */
  gin?: boolean
  /** Makes the value of a catch-all begin with the slash before it, as Gin does. Default false. */
  catchAllSlash?: boolean
}

const slash = 0x2f
const none = -1
/** Nothing is found, and nothing else is to be tried. */
const stopped = -2

// Fields of a node in `#nodes`.
const labelStart = 0
const labelEnd = 1
const route = 2
const param = 3
const catchAll = 4
const jumpRow = 5
const childCount = 6
const firstChild = 7
/** From this many children on, the next byte is looked up in a row of 256 instead of searched. */
const denseChildren = 5

export class RadixTree<T> {
  /** Places in `#values`. */
  readonly #places = new Map<string, number>()
  readonly #values: T[] = []
  readonly #gin: boolean
  readonly #catchAllShift: number
  #stale = true
  #nodes = new Int32Array(0)
  #labels: Uint8Array = new Uint8Array(0)
  #jumps = new Int32Array(0)

  constructor({ gin = false, catchAllSlash = false }: RadixTreeOptions = {}) {
    this.#gin = gin
    this.#catchAllShift = catchAllSlash ? 1 : 0
  }

  /** `shape` as `shapeOf` makes it. Where another value has that shape already, that one stays and is returned. */
  insert(shape: string, value: T): T | undefined {
    const place = this.#places.get(shape)
    if (place !== undefined) return this.#values[place]
    this.#places.set(shape, this.#values.push(value) - 1)
    this.#stale = true
    return undefined
  }

  /** The value whose pattern fits bytes [start, end) best; `match` then says where its parameters lie. */
  find(bytes: Uint8Array, start: number, end: number, match: RouteMatch): T | undefined {
    if (this.#stale) this.#layOut()
    const found = this.#walk(bytes, end, match, 0, start, 0)
    return found < 0 ? undefined : this.#values[found]
  }

  /** From `node`, whose label ends before `at`, with `count` parameters so far. Recurses only where it may have to come back. */
  #walk(bytes: Uint8Array, end: number, match: RouteMatch, node: number, at: number, count: number): number {
    const nodes = this.#nodes
    for (;;) {
      const rest = nodes[node + catchAll] as number
      const paramNode = nodes[node + param] as number
      if (at === end) {
        const here = nodes[node + route] as number
        if (here !== none) {
          match.count = count
          return here
        }
        return rest === none ? none : this.#takeRest(match, rest, at, end, count)
      }

      const child = this.#childFor(node, bytes[at] as number)
      const next = child === none ? none : this.#matchLabel(child, bytes, at, end)
      if (this.#gin && this.#isSlashApart(node, child, next, bytes, at, end)) return stopped
      if (next !== none) {
        if (paramNode === none && rest === none) {
          node = child
          at = next
          continue
        }
        const found = this.#walk(bytes, end, match, child, next, count)
        if (found !== none) return found
      }

      if (paramNode !== none) {
        let stop = at
        while (stop < end && bytes[stop] !== slash) stop++
        if (stop > at || this.#gin) {
          match.offsets[2 * count] = at
          match.offsets[2 * count + 1] = stop
          if (rest === none) {
            node = paramNode
            at = stop
            count++
            continue
          }
          const found = this.#walk(bytes, end, match, paramNode, stop, count + 1)
          if (found !== none) return found
        }
      }
      return rest === none ? none : this.#takeRest(match, rest, at, end, count)
    }
  }

  #takeRest(match: RouteMatch, found: number, at: number, end: number, count: number): number {
    match.offsets[2 * count] = at - this.#catchAllShift
    match.offsets[2 * count + 1] = end
    match.count = count + 1
    return found
  }

  #childFor(node: number, byte: number): number {
    const nodes = this.#nodes
    const row = nodes[node + jumpRow] as number
    if (row !== none) return this.#jumps[row + byte] as number
    const stop = node + firstChild + 2 * (nodes[node + childCount] as number)
    for (let i = node + firstChild; i < stop; i += 2) if (nodes[i] === byte) return nodes[i + 1] as number
    return none
  }

  /** Where the path goes on behind the label of `child`, whose first byte is known to fit. */
  #matchLabel(child: number, bytes: Uint8Array, at: number, end: number): number {
    const labels = this.#labels
    const start = this.#nodes[child + labelStart] as number
    const length = (this.#nodes[child + labelEnd] as number) - start
    if (at + length > end) return none
    for (let i = 1; i < length; i++) if (labels[start + i] !== bytes[at + i]) return none
    return at + length
  }

  /** Whether the path differs from a route at `node` or `child` by its last slash only, and fits nothing static. */
  #isSlashApart(node: number, child: number, next: number, bytes: Uint8Array, at: number, end: number): boolean {
    const nodes = this.#nodes
    if (at + 1 === end && bytes[at] === slash) {
      if (nodes[node + route] === none || nodes[node + param] !== none) return false
      return next === none || (nodes[child + route] === none && nodes[child + catchAll] === none)
    }
    if (child === none || next !== none || nodes[child + route] === none) return false
    const labels = this.#labels
    const start = nodes[child + labelStart] as number
    const last = (nodes[child + labelEnd] as number) - 1
    if (last - start !== end - at || labels[last] !== slash) return false
    for (let i = start; i < last; i++) if (labels[i] !== bytes[at + i - start]) return false
    return true
  }

  #layOut(): void {
    const layout = new Layout(this.#places)
    this.#nodes = Int32Array.from(layout.nodes)
    this.#labels = Buffer.from(layout.labels, 'latin1')
    this.#jumps = new Int32Array(256 * layout.rows.length)
    for (let i = 0; i < layout.rows.length; i++) this.#jumps.set(layout.rows[i] as Int32Array, 256 * i)
    this.#stale = false
  }
}

/** Shapes [from, to) of the sorted ones, which go on with the same byte. */
interface Branch {
  readonly byte: number
  readonly from: number
  readonly to: number
}

/**
 * The arrays of a tree. It is made once, between the start and the first answer, where a loop of a few thousand turns makes
 * the engine compile the function that it is in, for milliseconds: what goes byte by byte is left to the engine's own code.
 */
class Layout {
  readonly nodes: number[] = []
  /** A character for each byte. */
  labels = ''
  /** The dense nodes' children by their first byte. */
  readonly rows: Int32Array[] = []
  readonly #places: ReadonlyMap<string, number>
  readonly #shapes: readonly string[]

  constructor(places: ReadonlyMap<string, number>) {
    this.#places = places
    this.#shapes = [...places.keys()].sort()
    this.#lay(0, this.#shapes.length, 0, 0)
  }

  /** Appends the node of shapes [from, to), whose label is [start, at) of each, and all below it; returns its place. */
  #lay(from: number, to: number, start: number, at: number): number {
    const { nodes, rows } = this
    const first = this.#shapes[from] ?? ''
    const endsHere = from < to && first.length === at
    const branches = this.#branches(endsHere ? from + 1 : from, to, at)
    const rest = taken(branches, catchAllMark)
    const below = taken(branches, paramMark)

    const place = nodes.length
    const row = branches.length >= denseChildren ? new Int32Array(256).fill(none) : undefined
    const jump = row === undefined ? none : 256 * (rows.push(row) - 1)
    const here = endsHere ? this.#placeOf(from) : none
    const label = this.labels.length
    nodes.push(label, label + at - start, here, none, none, jump, branches.length)
    if (rest !== undefined) nodes[place + catchAll] = this.#placeOf(rest.from)
    for (let i = 0; i < branches.length; i++) nodes.push(none, none)
    this.labels += first.slice(start, at)

    // Most routes first: few children are searched one after the other.
    if (branches.length > 1) branches.sort((a, b) => b.to - b.from - (a.to - a.from))
    for (let i = 0; i < branches.length; i++) {
      const branch = branches[i] as Branch
      const child = this.#lay(branch.from, branch.to, at, this.#labelEnd(branch, at))
      nodes[place + firstChild + 2 * i] = branch.byte
      nodes[place + firstChild + 2 * i + 1] = child
      if (row !== undefined) row[branch.byte] = child
    }
    if (below !== undefined) nodes[place + param] = this.#lay(below.from, below.to, at + 1, at + 1)
    return place
  }

  #placeOf(index: number): number {
    return this.#places.get(this.#shapes[index] as string) as number
  }

  /** Marks sort behind all bytes, so theirs come last. */
  #branches(from: number, to: number, at: number): Branch[] {
    const shapes = this.#shapes
    const branches: Branch[] = []
    for (let i = from; i < to; ) {
      const byte = (shapes[i] as string).charCodeAt(at)
      const begin = i
      do i++
      while (i < to && (shapes[i] as string).charCodeAt(at) === byte)
      branches.push({ byte, from: begin, to: i })
    }
    return branches
  }

  /** As far as the first and the last agree, all between them do; a label ends before a mark. */
  #labelEnd({ from, to }: Branch, at: number): number {
    const first = this.#shapes[from] as string
    const last = this.#shapes[to - 1] as string
    let end = at + 1
    while (end < first.length && first.charCodeAt(end) === last.charCodeAt(end) && first.charCodeAt(end) < firstMark)
      end++
    return end
  }
}

/** Takes the last branch away if it is that of `mark`. */
function taken(branches: Branch[], mark: number): Branch | undefined {
  return branches.at(-1)?.byte === mark ? branches.pop() : undefined
}
