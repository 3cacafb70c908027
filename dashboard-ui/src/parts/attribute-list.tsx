/** Attributes by name; the value can be taken over into a search. */
import type { AttributeMap, AttributeValue } from '../../../src/dashboard/contract/attributes.ts'

export interface AttributeListProps {
  readonly attributes: AttributeMap
  /** Where a value leads to, such as a search for it. */
  readonly hrefOf?: (name: string, value: string) => string | undefined
}

export function AttributeList({ attributes, hrefOf }: AttributeListProps) {
  const entries = Object.entries(attributes).toSorted(([a], [b]) => a.localeCompare(b))
  if (entries.length === 0) return <p class="faint">None.</p>
  return (
    <dl class="attributes">
      {entries.map(([name, value]) => {
        const text = attributeText(value)
        const target = hrefOf?.(name, text)
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{target === undefined ? text : <a href={target}>{text}</a>}</dd>
          </div>
        )
      })}
    </dl>
  )
}

export function attributeText(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
