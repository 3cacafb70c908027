/**
 * RadixTree: patterns on one side, the bytes of a path on the other.
 *
 *   /users/          ── '/users/' ──┬── 'me' ◆       static text first, told apart by its first byte
 *   /users/me                       ├── :param ◆     then a parameter: up to the next slash
 *   /users/:id                      └── *catch-all ◆ then everything that is left
 *
 * Registration grows nodes; the first lookup after it lays them out in flat arrays, so that a lookup walks numbers:
 *
 *   node   label start · label end · route · param node · catch-all route · jump row · child count · (byte · node)*
 *
 * A tree as code (a function for each node) is faster in a loop that asks for one path and slower in a service: each of
 * hundreds of functions has to become warm by itself, and together they do not fit into a processor's first caches.
 *
 * A dead end goes back to the last node with another choice. Each node fits one position of a path only (a parameter
 * always ends at the next slash), so a lookup visits a node at most once, whatever path an attacker thinks of.
 */
import type { RouteMatch } from './route-match.ts'

/** A piece of a pattern as the tree takes it. */
export type TreePart =
  | { readonly kind: 'static'; readonly bytes: Uint8Array }
  | { readonly kind: 'param' | 'catch-all' }

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
  readonly #root = new Node()
  readonly #values: T[] = []
  readonly #gin: boolean
  readonly #catchAllShift: number
  #stale = true
  #nodes = new Int32Array(0)
  #labels = new Uint8Array(0)
  #jumps = new Int32Array(0)

  constructor({ gin = false, catchAllSlash = false }: RadixTreeOptions = {}) {
    this.#gin = gin
    this.#catchAllShift = catchAllSlash ? 1 : 0
  }

  /** Puts `value` at the end of the parts. Where another value sits already, that one stays and is returned. */
  insert(parts: readonly TreePart[], value: T): T | undefined {
    let node = this.#root
    for (const part of parts) {
      if (part.kind === 'static') node = node.descend(part.bytes)
      else if (part.kind === 'param') node = node.param ??= new Node()
      else if (node.catchAll !== none) return this.#values[node.catchAll]
      else {
        node.catchAll = this.#store(value)
        return undefined
      }
    }
    if (node.route !== none) return this.#values[node.route]
    node.route = this.#store(value)
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

  #store(value: T): number {
    this.#stale = true
    return this.#values.push(value) - 1
  }

  #layOut(): void {
    const nodes: number[] = []
    const labels: number[] = []
    const jumps: number[] = []
    countRoutes(this.#root)
    lay(this.#root, nodes, labels, jumps)
    this.#nodes = Int32Array.from(nodes)
    this.#labels = Uint8Array.from(labels)
    this.#jumps = Int32Array.from(jumps)
    this.#stale = false
  }
}

/** A node while the tree grows. */
class Node {
  label: Uint8Array
  children: Node[] = []
  param: Node | undefined
  route: number = none
  catchAll: number = none
  /** Here and below; counted when the tree is laid out. */
  routes = 0

  constructor(label: Uint8Array = new Uint8Array(0)) {
    this.label = label
  }

  /** The node behind `text`; made, and an edge split for it, where there is none. */
  descend(text: Uint8Array): Node {
    if (text.length === 0) return this
    const at = this.children.findIndex((child) => child.label[0] === text[0])
    const child = this.children[at]
    if (child === undefined) {
      const leaf = new Node(text)
      this.children.push(leaf)
      return leaf
    }
    const shared = sharedPrefix(child.label, text)
    if (shared === child.label.length) return child.descend(text.subarray(shared))
    const fork = new Node(text.subarray(0, shared))
    child.label = child.label.subarray(shared)
    fork.children.push(child)
    this.children[at] = fork
    return fork.descend(text.subarray(shared))
  }
}

function countRoutes(node: Node): number {
  let routes = Number(node.route !== none) + Number(node.catchAll !== none)
  for (const child of node.children) routes += countRoutes(child)
  if (node.param !== undefined) routes += countRoutes(node.param)
  node.routes = routes
  return routes
}

function sharedPrefix(a: Uint8Array, b: Uint8Array): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/**
 * Appends `node` and all below it, the child with most routes first; returns its place. It runs once, between the start
 * and the first answer, in code that no compiler has seen yet: plain loops are several times cheaper there than iterators.
 */
function lay(node: Node, nodes: number[], labels: number[], jumps: number[]): number {
  const children = node.children.toSorted((a, b) => b.routes - a.routes)
  const place = nodes.length
  const dense = children.length >= denseChildren
  const row = dense ? jumps.length : none
  if (dense) for (let i = 0; i < 256; i++) jumps.push(none)
  nodes.push(labels.length, labels.length + node.label.length, node.route, none, node.catchAll, row, children.length)
  for (let i = 0; i < children.length; i++) nodes.push(none, none)
  for (let i = 0; i < node.label.length; i++) labels.push(node.label[i] as number)

  for (let i = 0; i < children.length; i++) {
    const child = children[i] as Node
    const byte = child.label[0] as number
    const childPlace = lay(child, nodes, labels, jumps)
    nodes[place + firstChild + 2 * i] = byte
    nodes[place + firstChild + 2 * i + 1] = childPlace
    if (dense) jumps[row + byte] = childPlace
  }
  if (node.param !== undefined) nodes[place + param] = lay(node.param, nodes, labels, jumps)
  return place
}
