/** ConfigSnapshot: the settings as they were valid at one moment: frozen and numbered. */
import type { MergedSettings } from './merge.ts'
import { isPlainObject } from './secret.ts'

export interface ConfigSnapshot<T> {
  /** 1 for what the service started with; each change that was accepted has the next number. */
  readonly number: number
  /** What the schema made of the settings; objects and arrays are frozen all the way down. */
  readonly value: T
  /** When it was accepted, in milliseconds since the Unix epoch. */
  readonly acceptedAtMs: number
  readonly merged: MergedSettings
}

/** Freezes plain objects and arrays; instances of classes, which a schema may make, are left alone. */
export function deepFreeze<T>(value: T): T {
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  if (Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}
