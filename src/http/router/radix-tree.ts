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
const paramText = String.fromCharCode(paramMark)
const catchAllText = String.fromCharCode(catchAllMark)
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

/** Shapes [from, to) of the sorted ones, which share their first `at` bytes; the node's label is [start, at) of them. */
interface Branch {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly at: number
  /** Field of the node above that leads here; and its row, if it has one. */
  readonly owner: number
  readonly row: Int32Array | undefined
}

/**
 * The arrays of a tree. They are made once, between the start and the first answer, where a function that is called a
 * hundred times, or a loop of a thousand turns, makes the engine compile it for milliseconds. So it is one long loop
 * without recursion, and what goes byte by byte is left to the engine's own code.
 */
class Layout {
  readonly nodes: number[] = []
  /** A character for each byte. */
  labels = ''
  /** The dense nodes' children by their first byte. */
  readonly rows: Int32Array[] = []

  constructor(places: ReadonlyMap<string, number>) {
    const { nodes, rows } = this
    const shapes = [...places.keys()].sort()
    const branches: Branch[] = [{ from: 0, to: shapes.length, start: 0, at: 0, owner: none, row: undefined }]
    for (let b = 0; b < branches.length; b++) {
      const { from, to, start, at, owner, row: rowAbove } = branches[b] as Branch
      const first = shapes[from] ?? ''
      const place = nodes.length
      if (owner !== none) nodes[owner] = place
      if (rowAbove !== undefined) rowAbove[first.charCodeAt(start)] = place
      const label = this.labels.length
      this.labels += first.slice(start, at)
      const endsHere = from < to && first.length === at
      nodes.push(label, label + at - start, endsHere ? (places.get(first) as number) : none, none, none, none, 0)

      const groups: { readonly byte: number; readonly from: number; readonly to: number }[] = []
      for (let i = endsHere ? from + 1 : from; i < to; ) {
        const begin = i
        const byte = (shapes[i] as string).charCodeAt(at)
        do i++
        while (i < to && (shapes[i] as string).charCodeAt(at) === byte)
        if (byte === catchAllMark) nodes[place + catchAll] = places.get(shapes[begin] as string) as number
        else if (byte !== paramMark) groups.push({ byte, from: begin, to: i })
        else {
          const next = at + 1
          branches.push({ from: begin, to: i, start: next, at: next, owner: place + param, row: undefined })
        }
      }

      let row: Int32Array | undefined
      if (groups.length >= denseChildren) {
        row = new Int32Array(256).fill(none)
        nodes[place + jumpRow] = 256 * (rows.push(row) - 1)
      }
      nodes[place + childCount] = groups.length
      // Most routes first: few children are searched one after the other.
      if (groups.length > 1) groups.sort((x, y) => y.to - y.from - (x.to - x.from))
      for (const group of groups) {
        // As far as the first and the last agree, all between them do; a label ends before a mark.
        const one = shapes[group.from] as string
        const other = shapes[group.to - 1] as string
        let end = at + 1
        if (group.to - group.from === 1) end = markIn(one, end)
        else
          while (end < one.length && one.charCodeAt(end) === other.charCodeAt(end) && one.charCodeAt(end) < firstMark)
            end++
        branches.push({ from: group.from, to: group.to, start: at, at: end, owner: nodes.length + 1, row })
        nodes.push(group.byte, none)
      }
    }
  }
}

/** The next mark, or the end. */
function markIn(shape: string, from: number): number {
  const param = shape.indexOf(paramText, from)
  if (param !== -1) return param
  const catchAll = shape.indexOf(catchAllText, from)
  return catchAll === -1 ? shape.length : catchAll
}
