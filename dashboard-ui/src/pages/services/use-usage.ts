/**
 * CPU and memory of services over the last ten minutes: what the dashboard knows of each when it first appears, then one
 * more point with every renewal of the list.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ServiceView, UsagePoint } from '../../../../src/dashboard/contract/services.ts'
import { api } from '../../api/api.ts'

export interface UsageSeries {
  readonly cpuCores: readonly (number | null)[]
  readonly memoryBytes: readonly (number | null)[]
}

const kept = 150

/** Stays between visits of the page. */
const series = new Map<string, UsageSeries>()

export function useUsage(services: readonly ServiceView[], listed: unknown): ReadonlyMap<string, UsageSeries> {
  const [, redraw] = useState(0)
  const last = useRef<unknown>(undefined)
  useEffect(() => {
    if (listed === undefined || last.current === listed) return
    last.current = listed
    const unknown = services.filter(({ name }) => !series.has(name))
    for (const service of services) append(service)
    redraw((count) => count + 1)
    Promise.all(unknown.map(({ name }) => begin(name))).then(
      () => redraw((count) => count + 1),
      // Without the past the lines begin now.
      () => undefined,
    )
  }, [services, listed])
  return series
}

function append({ name, cpuCores, memoryBytes }: ServiceView): void {
  const before = series.get(name) ?? { cpuCores: [], memoryBytes: [] }
  series.set(name, {
    cpuCores: [...before.cpuCores, cpuCores].slice(-kept),
    memoryBytes: [...before.memoryBytes, memoryBytes].slice(-kept),
  })
}

async function begin(name: string): Promise<void> {
  const { usage } = await api.readService({ params: { name } })
  const since = series.get(name) ?? { cpuCores: [], memoryBytes: [] }
  // Half of the points, which come every two seconds: the list is renewed every four.
  const past: readonly UsagePoint[] = usage.filter((_, at) => at % 2 === 0)
  series.set(name, {
    cpuCores: [...past.map(({ cpuCores }) => cpuCores), ...since.cpuCores].slice(-kept),
    memoryBytes: [...past.map(({ memoryBytes }) => memoryBytes), ...since.memoryBytes].slice(-kept),
  })
}
