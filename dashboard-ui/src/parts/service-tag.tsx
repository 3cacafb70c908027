/** A service's name in its colour; `isLink` makes it lead to the service. */
import { serviceHref } from '../routing/href.ts'
import { seriesColor } from '../theme/series-color.ts'

export function ServiceTag({ name, isLink = false }: { readonly name: string; readonly isLink?: boolean }) {
  const content = (
    <>
      <span class="swatch" style={{ background: seriesColor(name) }} />
      <span class="truncate">{name}</span>
    </>
  )
  if (!isLink) return <span class="service-tag">{content}</span>
  return (
    <a class="service-tag" href={serviceHref(name)}>
      {content}
    </a>
  )
}
