/** Source: who sent something: one process of one service, and the library within that made it. */
import type { AttributeMap } from '../contract/attributes.ts'
import { attributesFrom, resourceAttributes } from './attributes.ts'
import { listIn, objectIn, type Plain, textIn } from './plain.ts'

export interface Source {
  readonly service: string
  readonly instance: string | null
  readonly version: string | null
  readonly attributes: AttributeMap
}

/** As OpenTelemetry names a service that does not say its name. */
const unknownService = 'unknown_service'
const maxName = 128

export function sourceFrom(resource: unknown): Source {
  const { map } = attributesFrom(objectIn(resource).attributes, resourceAttributes)
  const text = (name: string): string | null => {
    const value = map[name]
    return typeof value === 'string' && value !== '' ? value.slice(0, maxName) : null
  }
  return {
    service: text('service.name') ?? unknownService,
    instance: text('service.instance.id'),
    version: text('service.version'),
    attributes: map,
  }
}

export interface ScopedItem {
  readonly source: Source
  readonly scope: string
  readonly item: Plain
}

/** Every item of a request with who sent it, one after the other. */
export function* itemsOf(
  request: unknown,
  [outer, middle, inner]: readonly [outer: string, middle: string, inner: string],
): Generator<ScopedItem> {
  for (const ofResource of listIn(objectIn(request)[outer])) {
    const source = sourceFrom(objectIn(ofResource).resource)
    for (const ofScope of listIn(objectIn(ofResource)[middle])) {
      const scope = textIn(objectIn(objectIn(ofScope).scope).name, maxName)
      for (const item of listIn(objectIn(ofScope)[inner])) yield { source, scope, item: objectIn(item) }
    }
  }
}
