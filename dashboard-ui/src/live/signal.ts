/** A value that components follow: set it anywhere, and those who use it are drawn anew. */
import { useEffect, useState } from 'preact/hooks'

export interface Signal<T> {
  get(): T
  set(value: T): void
  onChange(listener: (value: T) => void): () => void
}

export function signalOf<T>(first: T): Signal<T> {
  let value = first
  const listeners = new Set<(value: T) => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener(value)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export function useSignal<T>(signal: Signal<T>): T {
  const [value, setValue] = useState(signal.get)
  useEffect(() => {
    // Set between drawing and listening.
    setValue(() => signal.get())
    return signal.onChange((next) => setValue(() => next))
  }, [signal])
  return value
}
