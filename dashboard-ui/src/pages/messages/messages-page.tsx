/** Messages: topics and groups, how far each is behind, what failed for good, and the outbox before them. */
import type { BrokerView } from '../../../../src/service/operations/operations-api.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { SplitView } from '../../parts/split-view.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { useEscape } from '../../shell/use-escape.ts'
import { DeadLetterSide } from './dead-letter-side.tsx'
import { GroupTable } from './group-table.tsx'
import { OutboxList } from './outbox-list.tsx'

export function MessagesPage() {
  const filters = useFilters()
  const resource = useResource('messages', (signal) => api.listMessages(undefined, { signal }), {
    on: ['messages'],
    everyMs: 2_000,
  })
  const services = resource.value?.services ?? []
  const chosen = { service: filters.get('service'), topic: filters.get('topic') }
  const close = (): void => filters.set({ service: '', topic: '', code: '', group: '' })
  useEscape(close)
  const letters = services
    .flatMap(({ messages }) => messages?.brokers ?? [])
    .flatMap(({ deadLetters }) => deadLetters)
    .reduce((sum, topic) => sum + (topic.letters ?? 0), 0)
  return (
    <div class="page">
      <PageHead title="Messages" note={letters > 0 ? plural(letters, 'dead letter') : undefined} />
      <SplitView
        sideLabel="Dead letters"
        width={460}
        side={
          chosen.service !== '' && chosen.topic !== '' ? (
            <DeadLetterSide
              key={`${chosen.service} ${chosen.topic}`}
              service={chosen.service}
              topic={chosen.topic}
              onClose={close}
              onSettled={resource.reload}
            />
          ) : null
        }
      >
        <div class="page-body">
          <ResourceView resource={resource}>
            {() =>
              services.length === 0 ? (
                <NoMessages />
              ) : (
                <div class="stack">
                  {services.map(({ service, messages, outboxes, reason }) => (
                    <section key={service} class="section" aria-label={service}>
                      <div class="section-head">
                        <h2 class="with-dot">
                          <ServiceTag name={service} isLink />
                          <span class="muted">{messages?.brokers.map(({ kind }) => kind).join(', ')}</span>
                        </h2>
                      </div>
                      {reason !== null && <p class="muted">{reason}</p>}
                      {messages?.brokers.filter(hasGroups).map((broker) => (
                        <GroupTable key={broker.name} service={service} broker={broker} chosenTopic={chosen.topic} />
                      ))}
                      {outboxes.length > 0 && (
                        <OutboxList service={service} outboxes={outboxes} onRetried={resource.reload} />
                      )}
                    </section>
                  ))}
                </div>
              )
            }
          </ResourceView>
        </div>
      </SplitView>
    </div>
  )
}

/** One that is only published to has none. */
function hasGroups({ groups }: BrokerView): boolean {
  return groups.length > 0
}

function NoMessages() {
  return (
    <Empty icon="messages" title="No service here has messages">
      <p>Topics, groups and dead letters appear for each service that has a messaging or an outbox as a component:</p>
      <pre>{'createService({ name: "orders", components: [messages, relay] })'}</pre>
    </Empty>
  )
}
