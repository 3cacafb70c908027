/** The path and query of a request, of a pattern such as `/orders/{id}` and what was written into the fields. */
import type { FormField } from './open-api.ts'

export type Values = Readonly<Record<string, string>>

/** One name may stand in the path and in the query. */
export function fieldKey({ place, name }: Pick<FormField, 'place' | 'name'>): string {
  return `${place}:${name}`
}

export function targetPath(pattern: string, fields: readonly FormField[], values: Values): string {
  const path = pattern.replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
    const value = values[fieldKey({ place: 'path', name })]
    return value === undefined || value === '' ? whole : encodeURIComponent(value)
  })
  const query = new URLSearchParams()
  for (const field of fields) {
    const value = values[fieldKey(field)] ?? ''
    if (field.place === 'query' && value !== '') query.append(field.name, value)
  }
  return query.size === 0 ? path : `${path}?${query}`
}
