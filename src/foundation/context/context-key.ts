/** A typed slot for a value in a context. Two keys never collide, whatever their names. */
export class ContextKey<T> {
  /** Shown by debuggers and error messages; it does not identify the key. */
  readonly name: string
  // Only types: ties `T` to the key, so that a key for a user cannot read an order.
  declare readonly valueType: T

  constructor(name: string) {
    this.name = name
  }
}
