/** What traces are searched by; all of it stands in the address. */
import { useId } from 'preact/hooks'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { SearchField } from '../../parts/search-field.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { SelectField } from '../../parts/select-field.tsx'
import type { Filters } from '../../routing/use-filters.ts'

const lookBackMs: Readonly<Record<string, number>> = {
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
}

/** The contract's query, of what the address holds. */
export function queryFrom(address: URLSearchParams) {
  const text = (name: string): string | undefined => address.get(name) || undefined
  const number = (name: string): number | undefined => {
    const value = Number(address.get(name))
    return Number.isFinite(value) && value > 0 ? value : undefined
  }
  const [service, name, minDurationMs, maxDurationMs] = [text('service'), text('name'), number('min'), number('max')]
  const status = address.get('status')
  const attribute = address.getAll('attribute').filter((pair) => /^[^=]+=./.test(pair))
  const window = lookBackMs[address.get('window') ?? '']
  return {
    ...(service !== undefined && { service }),
    ...(name !== undefined && { name }),
    ...(minDurationMs !== undefined && { minDurationMs }),
    ...(maxDurationMs !== undefined && { maxDurationMs }),
    ...((status === 'ok' || status === 'error') && { status: status as 'ok' | 'error' }),
    ...(attribute.length > 0 && { attribute }),
    // To the minute, so that the question stays the same for a while.
    ...(window !== undefined && { fromMs: Math.floor((Date.now() - window) / 60_000) * 60_000 }),
    ...(address.get('sort') === 'longest' && { sort: 'longest' as const }),
  }
}

export function TraceFilters({ filters }: { readonly filters: Filters }) {
  const service = filters.get('service')
  const known = useResource(`operations/${service}`, (signal) =>
    api.listOperations({ query: service === '' ? {} : { service } }, { signal }),
  )
  const { services = [], operations = [], attributes = [] } = known.value ?? {}
  const names = [...new Set(operations.map(({ name }) => name))].toSorted()
  return (
    <div class="toolbar" role="search" aria-label="Traces">
      <SelectField
        label="Service"
        value={service}
        options={[['', 'All services'], ...services.map((name) => [name, name] as const)]}
        onChange={(value) => filters.set({ service: value, name: '' })}
      />
      <SelectField
        label="Operation"
        value={filters.get('name')}
        options={[['', 'All operations'], ...names.map((name) => [name, name] as const)]}
        onChange={(value) => filters.set({ name: value })}
      />
      <AttributeField filters={filters} names={attributes} />
      <label class="with-unit">
        <span class="sr">Longer than, in milliseconds</span>
        <input
          class="input duration-input"
          type="number"
          min="0"
          step="any"
          placeholder="≥ ms"
          value={filters.get('min')}
          onChange={(event) => filters.set({ min: event.currentTarget.value })}
        />
      </label>
      <SelectField
        label="How far back"
        value={filters.get('window')}
        options={[
          ['', 'Any time'],
          ['5m', 'Last 5 min'],
          ['15m', 'Last 15 min'],
          ['1h', 'Last hour'],
          ['1d', 'Last day'],
        ]}
        onChange={(value) => filters.set({ window: value })}
      />
      <span class="toolbar-end">
        <Segmented
          label="Outcome"
          value={filters.get('status')}
          options={[
            ['', 'All'],
            ['error', 'Failed'],
            ['ok', 'Good'],
          ]}
          onChange={(value) => filters.set({ status: value })}
        />
        <Segmented
          label="Order"
          value={filters.get('sort')}
          options={[
            ['', 'Latest'],
            ['longest', 'Longest'],
          ]}
          onChange={(value) => filters.set({ sort: value })}
        />
      </span>
    </div>
  )
}

function AttributeField({ filters, names }: { readonly filters: Filters; readonly names: readonly string[] }) {
  const listId = useId()
  return (
    <span class="attribute-search">
      <SearchField
        label="Attribute, such as http.route=/orders"
        placeholder="attribute=value"
        value={filters.query.getAll('attribute').join(' ')}
        onSearch={(text) => filters.set({ attribute: text.split(/\s+(?=[\w.-]+=)/).filter(Boolean) })}
        list={listId}
        delayMs={500}
      />
      <datalist id={listId}>
        {names.map((name) => (
          <option key={name} value={`${name}=`} />
        ))}
      </datalist>
    </span>
  )
}
