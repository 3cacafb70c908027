/**
 * The document of a service's operations and the page to read it with, on the traffic port: `/openapi.json` and `/docs`.
 * Both are made when they are first asked for. Where the service has a route of its own at the same place, that one stays.
 */
import type { OpenApiDocument } from '../api/openapi.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { ServiceParts } from './service-parts.ts'

export const documentPath = '/openapi.json'
export const pagePath = '/docs'

export function addOpenApiRoutes({ app, name, version, options }: ServiceParts): void {
  const operations = app.routes()
  let printing: Promise<OpenApiDocument> | undefined

  function document(): Promise<OpenApiDocument> {
    printing ??= print()
    return printing
  }

  async function print(): Promise<OpenApiDocument> {
    const { openApiDocument } = await import('../api/openapi.ts')
    return openApiDocument(operations, { title: name, version, errors: options.http?.errors ?? 'problem' })
  }

  unlessTaken(() => app.get(documentPath, async (c) => c.json(await document())))
  unlessTaken(() =>
    app.get(pagePath, async (c) => {
      const { openApiPage } = await import('../api/openapi-page.ts')
      const { html, contentSecurityPolicy } = openApiPage(await document())
      c.header('content-security-policy', contentSecurityPolicy)
      return c.html(html)
    }),
  )
}

function unlessTaken(register: () => void): void {
  try {
    register()
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ROUTE_CONFLICT') throw error
  }
}
