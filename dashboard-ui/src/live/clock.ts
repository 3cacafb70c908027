/** The time of day for `3 s ago` and the like: one timer for all who show it. */
import { useEffect, useState } from 'preact/hooks'
import { signalOf } from './signal.ts'

const now = signalOf(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** Milliseconds since the epoch, renewed every second. */
export function useNow(): number {
  const [value, setValue] = useState(() => Date.now())
  useEffect(() => {
    users += 1
    timer ??= setInterval(() => now.set(Date.now()), 1_000)
    const end = now.onChange(setValue)
    return () => {
      end()
      users -= 1
      if (users > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }, [])
  return value
}
