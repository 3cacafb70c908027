/**
 * The place where the visitor is: the address, which alone holds what is shown, so that every view can be linked to.
 *
 *   click on <a href> ─┐
 *   go(href) ──────────┼─▶ history ─▶ place ─▶ pages
 *   back, forward ─────┘
 */
import { useEffect, useState } from 'preact/hooks'

export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const listeners = new Set<(place: Place) => void>()

export function placeNow(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) }
}

/** Goes to an address of this app; `replace` leaves no step for the back button. */
export function go(href: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (href === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  announce()
}

export function usePlace(): Place {
  const [place, setPlace] = useState(placeNow)
  useEffect(() => {
    listeners.add(setPlace)
    return () => void listeners.delete(setPlace)
  }, [])
  return place
}

/** Links of this app do not load the page anew; those with a modifier key, a target or another host are left alone. */
export function followLinks(): void {
  addEventListener('popstate', announce)
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return
    if (link.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return
    event.preventDefault()
    go(link.pathname + link.search)
  })
}

function announce(): void {
  const place = placeNow()
  for (const listener of listeners) listener(place)
}
