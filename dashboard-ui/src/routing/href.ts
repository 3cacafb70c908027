/** Addresses: a path with the members that are set as its query. */

export type QueryValue = string | number | boolean | readonly string[] | null | undefined

export function href(path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '' || value === false) continue
    if (Array.isArray(value)) for (const item of value) search.append(name, item)
    else search.set(name, String(value))
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

export const serviceHref = (name: string): string => `/services/${encodeURIComponent(name)}`
export const traceHref = (traceId: string, spanId?: string): string => href(`/traces/${traceId}`, { span: spanId })
