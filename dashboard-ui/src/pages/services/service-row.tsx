/** One service in the list. */
import type { ServiceView } from '../../../../src/dashboard/contract/services.ts'
import { bytesText, durationText, percentText, rateText } from '../../format/numbers.ts'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { seriesColor } from '../../theme/series-color.ts'
import { ServiceActions } from './service-actions.tsx'
import { stateLook } from './service-state.ts'
import type { UsageSeries } from './use-usage.ts'

export interface ServiceRowProps {
  readonly service: ServiceView
  readonly usage: UsageSeries | undefined
}

export function ServiceRow({ service, usage }: ServiceRowProps) {
  const { name, url, requests, restarts, lastExit, cpuCores, memoryBytes } = service
  const { tone, text } = stateLook(service)
  return (
    <tr>
      <td>
        <ServiceTag name={name} isLink />
        <div class="service-address">{url?.replace('http://', '') ?? 'seen by its telemetry'}</div>
      </td>
      <td>
        <WithDot tone={tone}>{text}</WithDot>
      </td>
      <td class="number">{rateText(requests.perSecond)}</td>
      <td class={`number ${requests.errorRatio > 0 ? 'is-bad' : 'faint'}`}>{percentText(requests.errorRatio)}</td>
      <td class="number">{durationText(requests.p99Ms)}</td>
      <td>
        <Usage label={`CPU of ${name}`} name={name} values={usage?.cpuCores} text={percentText(cpuCores)} />
      </td>
      <td>
        <Usage label={`Memory of ${name}`} name={name} values={usage?.memoryBytes} text={bytesText(memoryBytes)} />
      </td>
      <td class={`number ${restarts > 0 ? 'is-warn' : 'faint'}`} title={lastExit ?? undefined}>
        {restarts}
      </td>
      <td class="number">
        <ServiceActions service={service} isCompact />
      </td>
    </tr>
  )
}

interface UsageProps {
  readonly label: string
  readonly name: string
  readonly values: readonly (number | null)[] | undefined
  readonly text: string
}

function Usage({ label, name, values = [], text }: UsageProps) {
  return (
    <span class="usage">
      <span class="usage-line">
        {values.length > 2 && <Sparkline label={label} values={values} color={seriesColor(name)} />}
      </span>
      <span class="usage-text">{text}</span>
    </span>
  )
}
