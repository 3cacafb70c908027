/** The routes of an OpenAPI document, in its order. */
import type { RouteView } from '../contract/routes.ts'

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])
const maxRoutes = 1_000

export function routesIn(document: unknown): RouteView[] {
  const { paths } = (document ?? {}) as { paths?: unknown }
  const routes = Object.entries((paths ?? {}) as Record<string, unknown>).flatMap(([path, item]) =>
    Object.entries((item ?? {}) as Record<string, unknown>)
      .filter(([method]) => methods.has(method))
      .map(([method, operation]): RouteView => {
        const { operationId = '', summary = '' } = (operation ?? {}) as { operationId?: string; summary?: string }
        return { method: method.toUpperCase(), path, name: operationId, summary }
      }),
  )
  return routes.slice(0, maxRoutes)
}
