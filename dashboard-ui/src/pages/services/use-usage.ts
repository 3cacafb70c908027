/** CPU and memory of services over the last minutes, collected from the list as it is renewed. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ServiceView } from '../../../../src/dashboard/contract/services.ts'

export interface UsageSeries {
  readonly cpuCores: readonly (number | null)[]
  readonly memoryBytes: readonly (number | null)[]
}

const kept = 60

/** Stays between visits of the page. */
const series = new Map<string, UsageSeries>()

export function useUsage(services: readonly ServiceView[], listedAt: unknown): ReadonlyMap<string, UsageSeries> {
  const [, redraw] = useState(0)
  const last = useRef<unknown>(undefined)
  useEffect(() => {
    if (listedAt === undefined || last.current === listedAt) return
    last.current = listedAt
    for (const { name, cpuCores, memoryBytes } of services) {
      const before = series.get(name) ?? { cpuCores: [], memoryBytes: [] }
      series.set(name, {
        cpuCores: [...before.cpuCores, cpuCores].slice(-kept),
        memoryBytes: [...before.memoryBytes, memoryBytes].slice(-kept),
      })
    }
    redraw((count) => count + 1)
  }, [services, listedAt])
  return series
}
