/** Below a list that goes on. */
import type { Pages } from '../api/use-pages.ts'

export function LoadMore<Row>({ pages }: { readonly pages: Pages<Row> }) {
  if (!pages.hasMore) return null
  return (
    <p class="load-more">
      <button type="button" class="button button-small" disabled={pages.isLoadingMore} onClick={pages.more}>
        {pages.isLoadingMore ? 'Loading …' : 'Load more'}
      </button>
    </p>
  )
}
