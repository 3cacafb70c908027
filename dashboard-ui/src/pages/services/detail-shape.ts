/** How a value of a health report is shown: on the line of its name, or below it. */

export type DetailShape =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'members'; readonly items: readonly unknown[] }

export function shapeOfDetail(value: unknown): DetailShape {
  if (typeof value !== 'object' || value === null) return { kind: 'plain', text: textOfDetail(value) }
  const items = Array.isArray(value) ? value : [value]
  if (items.every((item) => typeof item !== 'object' || item === null)) {
    return { kind: 'plain', text: items.length === 0 ? 'none' : items.map(textOfDetail).join(', ') }
  }
  return Object.keys(items[0] ?? {}).length === 0 && items.length === 1
    ? { kind: 'plain', text: 'none' }
    : { kind: 'members', items }
}

export function textOfDetail(value: unknown): string {
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)))
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === null || value === undefined ? '–' : String(value)
}
