/** The figures of a service, in one line. */
import type { ComponentChildren } from 'preact'
import type { ServiceDetail } from '../../../../src/dashboard/contract/services.ts'
import { bytesText, durationText, percentText, rateText } from '../../format/numbers.ts'
import { spanText } from '../../format/times.ts'
import { useNow } from '../../live/clock.ts'
import { Ago } from '../../parts/ago.tsx'

export function ServiceFacts({ service }: { readonly service: ServiceDetail }) {
  const { requests, url, adminUrl, pid, restarts, lastExit, startedAtMs, version } = service
  const now = useNow()
  return (
    <>
      <dl class="facts">
        <Fact name="Requests" text={rateText(requests.perSecond)} />
        <Fact name="Errors" text={percentText(requests.errorRatio)} />
        <Fact name="Median" text={durationText(requests.p50Ms)} />
        <Fact name="p99" text={durationText(requests.p99Ms)} />
        <Fact name="CPU" text={percentText(service.cpuCores)} />
        <Fact name="Memory" text={bytesText(service.memoryBytes)} />
        <Fact name="Up for" text={startedAtMs === null ? '–' : spanText(now - startedAtMs)} />
        <Fact name="Restarts" text={String(restarts)} />
      </dl>
      <dl class="pairs">
        <Pair name="Address" value={url && <a href={url}>{url}</a>} />
        <Pair name="Admin" value={adminUrl && <code>{adminUrl}</code>} />
        <Pair name="Version" value={version} />
        <Pair name="Process" value={pid && <code>{pid}</code>} />
        <Pair name="Last exit" value={lastExit} />
        <Pair name="Telemetry" value={service.lastSeenMs && <Ago atMs={service.lastSeenMs} />} />
      </dl>
    </>
  )
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  )
}

function Pair({ name, value }: { readonly name: string; readonly value: ComponentChildren }) {
  if (value === null || value === undefined || value === 0) return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
