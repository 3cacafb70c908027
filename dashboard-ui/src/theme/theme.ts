/** Light or dark: as the system says, unless the visitor chose; kept in this browser. */
import { type Signal, signalOf } from '../live/signal.ts'

export type Theme = 'system' | 'light' | 'dark'

const storageKey = 'genever-theme'
const darkQuery = matchMedia('(prefers-color-scheme: dark)')

export const theme: Signal<Theme> = signalOf<Theme>(storedTheme())
/** What is drawn now. */
export const scheme: Signal<'light' | 'dark'> = signalOf(schemeNow())

export function startTheme(): void {
  show()
  darkQuery.addEventListener('change', show)
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen)
  try {
    localStorage.setItem(storageKey, chosen)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  show()
}

export function nextTheme(): void {
  chooseTheme(scheme.get() === 'dark' ? 'light' : 'dark')
}

function show(): void {
  document.documentElement.dataset.theme = theme.get()
  scheme.set(schemeNow())
}

function schemeNow(): 'light' | 'dark' {
  const chosen = theme.get()
  if (chosen !== 'system') return chosen
  return darkQuery.matches ? 'dark' : 'light'
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(storageKey)
    return stored === 'light' || stored === 'dark' ? stored : 'system'
  } catch {
    return 'system'
  }
}
