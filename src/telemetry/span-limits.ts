/** How much one span may hold, so that no span costs more than is known beforehand. */
import type { AttributeValue, SpanAttributes } from './tracer.ts'

export interface SpanLimits {
  /** Attributes of a span; default 128, as OpenTelemetry has it. */
  readonly maxAttributes: number
  /** Default 128. */
  readonly maxEvents: number
  /** Default 128. */
  readonly maxLinks: number
  /** Attributes of an event or a link; default 128. */
  readonly maxInnerAttributes: number
  /** UTF-16 units of a text, whose rest is cut off, in attributes and names; default 4,096. */
  readonly maxValueLength: number
  /** Values of a list, whose rest is cut off; default 128. */
  readonly maxListLength: number
}

export const defaultSpanLimits: SpanLimits = {
  maxAttributes: 128,
  maxEvents: 128,
  maxLinks: 128,
  maxInnerAttributes: 128,
  maxValueLength: 4_096,
  maxListLength: 128,
}

/** The value as it may be kept; undefined if it is none that may be. */
export function limitedValue(value: unknown, limits: SpanLimits): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return value.length > limits.maxValueLength ? value.slice(0, limits.maxValueLength) : value
    case 'number':
    case 'boolean':
      return value
    case 'object':
      return Array.isArray(value) ? limitedList(value, limits) : undefined
    default:
      return undefined
  }
}

function limitedList(list: readonly unknown[], limits: SpanLimits): AttributeValue {
  return list
    .slice(0, limits.maxListLength)
    .map((value) => limitedValue(value, limits))
    .filter((value) => value !== undefined && typeof value !== 'object')
}

export interface LimitedAttributes {
  readonly attributes: AttributeValue[]
  readonly dropped: number
}

const none: LimitedAttributes = { attributes: [], dropped: 0 }

/** The attributes of an event or a link as a flat list, as many as may be. */
export function limitedAttributes(given: SpanAttributes | undefined, limits: SpanLimits): LimitedAttributes {
  if (given === undefined) return none
  const attributes: AttributeValue[] = []
  let dropped = 0
  for (const name of Object.keys(given)) {
    const value = limitedValue(given[name], limits)
    if (value === undefined) continue
    if (attributes.length >= limits.maxInnerAttributes * 2) dropped++
    else attributes.push(name, value)
  }
  return { attributes, dropped }
}
