/**
 * Keys of the whole app.
 *
 *   ⌘K, Ctrl+K  palette        ?  these keys        /  search        d  dark or light        g then a letter  page
 *
 * None of them acts while the visitor writes into a field.
 */
import { pages } from '../routing/pages.ts'
import { go } from '../routing/place.ts'
import { nextTheme } from '../theme/theme.ts'

export interface KeyboardActions {
  openPalette(): void
  openHelp(): void
}

const patienceMs = 1_200

/** Returns its own end. */
export function startKeyboard({ openPalette, openHelp }: KeyboardActions): () => void {
  let goUntilMs = 0
  const actionOf = (event: KeyboardEvent): (() => void) | undefined => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') return openPalette
    if (event.metaKey || event.ctrlKey || event.altKey || isWriting(event.target)) return undefined
    if (document.querySelector('dialog[open]') !== null) return undefined
    const page = event.timeStamp < goUntilMs ? pages.find(({ key }) => key === event.key) : undefined
    goUntilMs = event.key === 'g' ? event.timeStamp + patienceMs : 0
    if (page !== undefined) return () => go(page.path)
    return { '?': openHelp, d: nextTheme, '/': focusSearch }[event.key]
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const action = actionOf(event)
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  addEventListener('keydown', onKeyDown)
  return () => removeEventListener('keydown', onKeyDown)
}

function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('[data-search]')
  field?.focus()
  field?.select()
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type=radio], [type=checkbox]), textarea, select') !== null
  )
}
