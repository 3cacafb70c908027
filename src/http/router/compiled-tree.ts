/**
 * CompiledTree: a radix tree as code, one small function for each node that has something below it.
 *
 *   /users/me     function n0(b, e, i, o) {                          b bytes   e their end   i how far we are   o offsets
 *   /users/:id      if (i === e) return -1
 *                   switch (b[i]) {
 *                     case 47: if (e - i >= 7 && b[i+1] === 117 && …) return n1(b, e, i + 7, o)
 *                   }
 *                   return -1
 *                 }
 *                 function n1 … case 109: if (e - i === 2 && b[i+1] === 101) return 0      a leaf: nothing may follow
 *                               for (s = i; s < e && b[s] !== 47; s++) …; if (s === e) return 1
 *
 * It answers as the walk in `radix-tree.ts` does, in half of its time on V8: labels, children and places of parameters are
 * constants here, and the walk has to fetch them.
 */

/** What the code is made from. Routes are numbers, −1 for none. */
export interface TreeNode {
  readonly label: Uint8Array
  readonly children: readonly TreeNode[]
  readonly param: TreeNode | undefined
  readonly route: number
  readonly catchAll: number
}

/** The route that fits bytes [start, end), or −1; its parameters are left in `offsets` as in a `RouteMatch`. */
export type CompiledFind = (bytes: Uint8Array, end: number, start: number, offsets: Int32Array) => number

/** Undefined where the process forbids to make code (`--disallow-code-generation-from-strings`). */
export function compileTree(root: TreeNode, catchAllShift: number): CompiledFind | undefined {
  try {
    return new Function(new TreeSource(catchAllShift).of(root))() as CompiledFind
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

class TreeSource {
  readonly #catchAllShift: number
  readonly #functions: string[] = []
  #names = 0

  constructor(catchAllShift: number) {
    this.#catchAllShift = catchAllShift
  }

  of(root: TreeNode): string {
    const name = this.#define(root, 0)
    return `'use strict'\n${this.#functions.join('\n')}\nreturn ${name}`
  }

  /** Writes the function of `node`, which begins behind its label, with `params` behind it; gives its name. */
  #define(node: TreeNode, params: number): string {
    const name = `n${this.#names++}`
    const rest = node.catchAll === -1 ? 'return -1' : this.#takeRest(node.catchAll, params)
    const atEnd = node.route === -1 ? rest : `return ${node.route}`
    const children = node.children.map((child) => this.#child(node, child, params))
    const body = [
      `if (i === e) { ${atEnd} }`,
      ...(children.length > 0 ? [`switch (b[i]) {\n${children.join('\n')}\n}`] : []),
      ...(node.param === undefined ? [] : [this.#param(node, node.param, params)]),
      rest,
    ]
    this.#functions.push(`function ${name}(b, e, i, o) {\n${body.join('\n')}\n}`)
    return name
  }

  #child(node: TreeNode, child: TreeNode, params: number): string {
    const { label } = child
    const fits = Array.from(label.subarray(1), (byte, i) => ` && b[i + ${i + 1}] === ${byte}`).join('')
    const isLeaf = child.children.length === 0 && child.param === undefined && child.catchAll === -1
    if (isLeaf) return `case ${label[0]}: if (e - i === ${label.length}${fits}) return ${child.route}; break`
    const found = `${this.#define(child, params)}(b, e, i + ${label.length}, o)`
    return `case ${label[0]}: if (e - i >= ${label.length}${fits}) { ${this.#orElse(node.param !== undefined || node.catchAll !== -1, found)} } break`
  }

  #param(node: TreeNode, param: TreeNode, params: number): string {
    const found = `${this.#define(param, params + 1)}(b, e, s, o)`
    return `let s = i
while (s < e && b[s] !== 47) s++
if (s > i) { o[${2 * params}] = i; o[${2 * params + 1}] = s; ${this.#orElse(node.catchAll !== -1, found)} }`
  }

  /** A dead end leads back only where there is another choice. */
  #orElse(hasChoice: boolean, found: string): string {
    return hasChoice ? `const r = ${found}; if (r !== -1) return r` : `return ${found}`
  }

  #takeRest(route: number, params: number): string {
    return `o[${2 * params}] = i - ${this.#catchAllShift}; o[${2 * params + 1}] = e; return ${route}`
  }
}
