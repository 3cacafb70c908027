/** What the palette offers for a text: pages, services, a trace by its id, and searches for the text itself. */
import type { IconName } from '../parts/icon.tsx'
import { href, serviceHref, traceHref } from '../routing/href.ts'
import { pages } from '../routing/pages.ts'

export interface PaletteEntry {
  readonly icon: IconName
  readonly text: string
  readonly hint: string
  readonly href: string
}

export function paletteEntries(text: string, services: readonly string[]): PaletteEntry[] {
  const wanted = text.trim()
  if (/^[0-9a-f]{32}$/i.test(wanted)) {
    const traceId = wanted.toLowerCase()
    return [
      { icon: 'traces', text: `Trace ${traceId}`, hint: 'Open', href: traceHref(traceId) },
      { icon: 'logs', text: `Logs of trace ${traceId}`, hint: 'Search', href: href('/logs', { traceId }) },
    ]
  }
  const all = [...pages.map(pageEntry), ...services.flatMap(serviceEntries)]
  if (wanted === '') return all
  const found = all.filter((entry) => isSubsequence(wanted.toLowerCase(), entry.text.toLowerCase()))
  const score = (entry: PaletteEntry): number => (entry.text.toLowerCase().startsWith(wanted.toLowerCase()) ? 0 : 1)
  return [
    ...found.toSorted((a, b) => score(a) - score(b)),
    { icon: 'logs', text: `Logs with “${wanted}”`, hint: 'Search', href: href('/logs', { text: wanted }) },
  ]
}

function pageEntry({ icon, name, purpose, path }: (typeof pages)[number]): PaletteEntry {
  return { icon, text: name, hint: purpose, href: path }
}

function serviceEntries(name: string): PaletteEntry[] {
  return [
    { icon: 'services', text: name, hint: 'Service', href: serviceHref(name) },
    { icon: 'traces', text: `${name} traces`, hint: 'Search', href: href('/traces', { service: name }) },
    { icon: 'logs', text: `${name} logs`, hint: 'Search', href: href('/logs', { service: name }) },
  ]
}

/** Whether the letters of `part` stand in `whole`, in this order. */
export function isSubsequence(part: string, whole: string): boolean {
  let at = 0
  for (const letter of part) {
    at = whole.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
