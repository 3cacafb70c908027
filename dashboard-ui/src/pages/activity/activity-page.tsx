/** Activity: what visitors did that changes how services run, and what the store holds. */
import type { AuditEntry, StoreView } from '../../../../src/dashboard/contract/session.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { bytesText, countText } from '../../format/numbers.ts'
import { dateTimeText, spanText } from '../../format/times.ts'
import { Ago } from '../../parts/ago.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import type { Tone } from '../../parts/tone.ts'

const outcomeTones: Readonly<Record<AuditEntry['outcome'], Tone>> = { done: 'ok', refused: 'warn', failed: 'bad' }

export function ActivityPage() {
  const audit = useResource('audit', (signal) => api.listAudit(undefined, { signal }), { on: ['audit'] })
  const store = useResource('store', (signal) => api.readStore(undefined, { signal }), { everyMs: 3_000 })
  return (
    <div class="page">
      <PageHead title="Activity" note="What was done here, and what is stored" />
      <div class="page-body">
        <div class="stack">
          <ResourceView resource={store}>{(view) => <Store store={view} />}</ResourceView>
          <section class="section">
            <h2>Actions</h2>
            <ResourceView resource={audit}>{({ entries }) => <Entries entries={entries} />}</ResourceView>
          </section>
        </div>
      </div>
    </div>
  )
}

function Store({ store }: { readonly store: StoreView }) {
  const { rejected } = store
  const lost = rejected.spans + rejected.logs + rejected.points
  const share = store.maxBytes === 0 ? 0 : store.bytes / store.maxBytes
  return (
    <section class="section">
      <h2>Store</h2>
      <dl class="facts">
        <Fact name="Spans" text={countText(store.spans)} />
        <Fact name="Log records" text={countText(store.logs)} />
        <Fact name="Series" text={countText(store.series)} />
        <Fact name="Points" text={countText(store.points)} />
        <Fact name="Refused or dropped" text={countText(lost)} />
      </dl>
      <div class="store-size">
        <div
          class="meter"
          data-tone={share > 0.9 ? 'warn' : 'accent'}
          role="img"
          aria-label={`${bytesText(store.bytes)} of ${bytesText(store.maxBytes)}`}
        >
          <div style={{ width: `${Math.min(100, share * 100)}%` }} />
        </div>
        <p class="muted">
          {bytesText(store.bytes)} of {bytesText(store.maxBytes)}; nothing older than {spanText(store.maxAgeMs)} is
          kept, the oldest is from <Ago atMs={store.oldestMs} />.
        </p>
      </div>
    </section>
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

function Entries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  if (entries.length === 0) {
    return (
      <Empty icon="activity" title="Nothing was done yet">
        <p>Stopping a service, injecting a fault, trying a request: who did what, and when, is written down here.</p>
      </Empty>
    )
  }
  return (
    <div class="table-wrap">
      <table class="table wide-table">
        <thead>
          <tr>
            <th>When</th>
            <th>Action</th>
            <th>Target</th>
            <th>Outcome</th>
            <th>Detail</th>
            <th>From</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ id, atMs, action, target, outcome, detail, from }) => (
            <tr key={id}>
              <td class="muted" style={{ whiteSpace: 'nowrap' }}>
                {dateTimeText(atMs).slice(0, 19)}
              </td>
              <td class="mono">{action}</td>
              <td>{target}</td>
              <td>
                <Badge tone={outcomeTones[outcome]}>{outcome}</Badge>
              </td>
              <td class="muted">{detail}</td>
              <td class="faint">{from}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
