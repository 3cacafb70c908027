import type { HeaderList } from '../../wire/headers.ts'

/** Tells caches that the answer depends on the request's header `name` (RFC 9110 section 12.5.5). */
export function addVary(headers: HeaderList, name: string): void {
  const before = headers.get('vary')
  if (before === undefined) return void headers.set('vary', name)
  const names = before.split(',').map((listed) => listed.trim().toLowerCase())
  if (!names.includes('*') && !names.includes(name)) headers.set('vary', `${before}, ${name}`)
}
