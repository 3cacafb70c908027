/** What logs are filtered by; all of it stands in the address. */
import type { LogLevelName } from '../../../../src/dashboard/contract/logs.ts'
import { Icon } from '../../parts/icon.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { SelectField } from '../../parts/select-field.tsx'
import { traceHref } from '../../routing/href.ts'
import type { Filters } from '../../routing/use-filters.ts'
import { useServices } from '../../shell/use-services.ts'

const levels: readonly (readonly [LogLevelName | '', string])[] = [
  ['', 'All'],
  ['info', 'Info'],
  ['warn', 'Warn'],
  ['error', 'Error'],
]
const known = ['service', 'level', 'text', 'traceId', 'spanId'] as const

export function logQueryFrom(address: URLSearchParams): Readonly<Record<string, string | readonly string[]>> {
  const set = known.map((name) => [name, address.get(name) ?? ''] as const).filter(([, value]) => value !== '')
  const attribute = address.getAll('attribute')
  return { ...Object.fromEntries(set), ...(attribute.length > 0 && { attribute }) }
}

export function LogFilters({ filters }: { readonly filters: Filters }) {
  const services = useServices()
  const traceId = filters.get('traceId')
  const attributes = filters.query.getAll('attribute')
  return (
    <div class="toolbar" role="search" aria-label="Logs">
      <SearchField
        label="Search the logs"
        placeholder="Text in a message or a value"
        value={filters.get('text')}
        onSearch={(text) => filters.set({ text })}
      />
      <SelectField
        label="Service"
        value={filters.get('service')}
        options={[['', 'All services'], ...services.map(({ name }) => [name, name] as const)]}
        onChange={(service) => filters.set({ service })}
      />
      <Segmented
        label="Level"
        value={filters.get('level')}
        options={levels}
        onChange={(level) => filters.set({ level })}
      />
      {traceId !== '' && (
        <span class="chip">
          <a href={traceHref(traceId)}>
            trace <code>{traceId.slice(0, 8)}</code>
          </a>
          <ClearButton label="All traces" onClick={() => filters.set({ traceId: '', spanId: '' })} />
        </span>
      )}
      {attributes.map((pair) => (
        <span key={pair} class="chip">
          <code>{pair}</code>
          <ClearButton
            label={`Without ${pair}`}
            onClick={() => filters.set({ attribute: attributes.filter((other) => other !== pair) })}
          />
        </span>
      ))}
    </div>
  )
}

function ClearButton({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="chip-clear" aria-label={label} onClick={onClick}>
      <Icon name="close" />
    </button>
  )
}
