/** CPU and memory of the last ten minutes. */
import type { UsagePoint } from '../../../../src/dashboard/contract/services.ts'
import { bytesText, percentText } from '../../format/numbers.ts'
import { Plot } from '../../parts/plot.tsx'
import { seriesColor } from '../../theme/series-color.ts'

export interface UsagePlotsProps {
  readonly name: string
  readonly usage: readonly UsagePoint[]
}

export function UsagePlots({ name, usage }: UsagePlotsProps) {
  if (usage.length < 5)
    return <p class="muted">CPU and memory are being measured; their lines appear in a few seconds.</p>
  const times = usage.map(({ atMs }) => atMs)
  const color = seriesColor(name)
  return (
    <section class="plot-pair" aria-label="Usage">
      <figure class="section">
        <h3>CPU, of one core</h3>
        <Plot
          label={`CPU of ${name}`}
          times={times}
          series={[{ label: 'CPU', color, values: usage.map(({ cpuCores }) => cpuCores), isFilled: true }]}
          format={percentText}
          height={150}
        />
      </figure>
      <figure class="section">
        <h3>Memory, resident</h3>
        <Plot
          label={`Memory of ${name}`}
          times={times}
          series={[{ label: 'Memory', color, values: usage.map(({ memoryBytes }) => memoryBytes), isFilled: true }]}
          format={bytesText}
          height={150}
        />
      </figure>
    </section>
  )
}
