/** What a component tells of itself: names with their values on lines, and what has members below its own name. */
import { shapeOfDetail, textOfDetail } from './detail-shape.ts'

export function HealthDetails({ details }: { readonly details: Readonly<Record<string, unknown>> }) {
  return (
    <div class="details">
      {Object.entries(details).map(([name, value]) => (
        <Detail key={name} name={name} value={value} />
      ))}
    </div>
  )
}

function Detail({ name, value }: { readonly name: string; readonly value: unknown }) {
  const shape = shapeOfDetail(value)
  if (shape.kind === 'plain') {
    return (
      <span>
        <span class="faint">{name}</span> {shape.text}
      </span>
    )
  }
  return (
    <div class="detail-block">
      <span class="faint">{name}</span>
      {shape.items.map((item, at) =>
        typeof item === 'object' && item !== null ? (
          <HealthDetails key={at} details={item as Readonly<Record<string, unknown>>} />
        ) : (
          <span key={at}>{textOfDetail(item)}</span>
        ),
      )}
    </div>
  )
}
