/**
 * Records of what clients named: `constructor` and `__proto__` are names like any other, and absent unless sent.
 *
 * The instances inherit from an empty object without prototype. `Object.create(null)` would do the same, but engines keep
 * such objects as hash tables, which take ten times as long to fill with names cut from a request.
 */
const NullRecord = function NullRecord() {} as unknown as new () => object
NullRecord.prototype = Object.freeze(Object.create(null))

export function nullRecord<T>(): Record<string, T> {
  return new NullRecord() as Record<string, T>
}
