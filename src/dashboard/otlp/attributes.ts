/** Attributes as they arrive: bounded in number, size and depth, and counted where something had to be left out. */
import type { AttributeMap, AttributeValue } from '../contract/attributes.ts'
import { listIn, objectIn, textIn } from './plain.ts'

export interface AttributeLimits {
  readonly maxCount: number
  /** Characters of a text. */
  readonly maxText: number
}

export const itemAttributes: AttributeLimits = { maxCount: 128, maxText: 4_096 }
export const resourceAttributes: AttributeLimits = { maxCount: 64, maxText: 1_024 }

const maxName = 256
const maxDepth = 6
const maxElements = 256

export interface Attributes {
  readonly map: AttributeMap
  readonly dropped: number
}

const none: Attributes = { map: {}, dropped: 0 }

export function attributesFrom(value: unknown, { maxCount, maxText }: AttributeLimits): Attributes {
  const list = listIn(value)
  if (list.length === 0) return none
  const map: Record<string, AttributeValue> = {}
  for (const item of list.slice(0, maxCount)) {
    const { key, value } = objectIn(item)
    const name = textIn(key, maxName)
    if (name !== '' && name !== '__proto__') map[name] = valueFrom(value, maxText, 1)
  }
  return { map, dropped: Math.max(0, list.length - maxCount) }
}

/** One `AnyValue` of OTLP's JSON. */
export function valueFrom(value: unknown, maxText: number, depth: number): AttributeValue {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = objectIn(value)
  if (stringValue !== undefined) return textIn(stringValue, maxText)
  if (typeof boolValue === 'boolean') return boolValue
  if (intValue !== undefined) return integerFrom(intValue)
  if (doubleValue !== undefined) return doubleFrom(doubleValue)
  if (bytesValue !== undefined) return textIn(bytesValue, maxText)
  if (depth >= maxDepth) return null
  if (arrayValue !== undefined) {
    const elements = listIn(objectIn(arrayValue).values).slice(0, maxElements)
    return elements.map((element) => valueFrom(element, maxText, depth + 1))
  }
  if (kvlistValue === undefined) return null
  const members: Record<string, AttributeValue> = {}
  for (const item of listIn(objectIn(kvlistValue).values).slice(0, maxElements)) {
    const { key, value: member } = objectIn(item)
    const name = textIn(key, maxName)
    if (name !== '' && name !== '__proto__') members[name] = valueFrom(member, maxText, depth + 1)
  }
  return members
}

function integerFrom(value: unknown): AttributeValue {
  if (typeof value === 'number') return value
  const text = textIn(value, 24)
  if (!/^-?\d{1,19}$/.test(text)) return null
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

/** JSON has no word for what is not finite; OTLP's JSON writes it as text. */
function doubleFrom(value: unknown): AttributeValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return textIn(value, 24)
}
