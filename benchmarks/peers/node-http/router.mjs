/** A tree of path segments: a literal is tried before a parameter. */
export class Router {
  #root = new Node()

  add(method, path, handler) {
    const names = []
    let node = this.#root
    for (const segment of path.split('/').slice(1)) {
      if (segment.startsWith(':')) {
        names.push(segment.slice(1))
        node.parameter ??= new Node()
        node = node.parameter
      } else {
        if (!node.literals.has(segment)) node.literals.set(segment, new Node())
        node = node.literals.get(segment)
      }
    }
    node.routes.set(method, { handler, names })
  }

  /** Returns whether there was a route. */
  run(request, response) {
    const { url } = request
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    const values = []
    const route = find(this.#root, path.split('/'), 1, request.method, values)
    if (route === undefined) return false
    const params = {}
    for (const [index, name] of route.names.entries()) params[name] = decodeURIComponent(values[index])
    route.handler(request, response, params, question < 0 ? '' : url.slice(question + 1))
    return true
  }
}

class Node {
  literals = new Map()
  parameter
  routes = new Map()
}

function find(node, segments, at, method, values) {
  if (at === segments.length) return node.routes.get(method)
  const literal = node.literals.get(segments[at])
  const route = literal && find(literal, segments, at + 1, method, values)
  if (route !== undefined || node.parameter === undefined || segments[at] === '') return route
  values.push(segments[at])
  const below = find(node.parameter, segments, at + 1, method, values)
  if (below === undefined) values.pop()
  return below
}
