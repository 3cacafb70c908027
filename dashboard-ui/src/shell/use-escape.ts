/** Escape closes what is open, unless a dialog is above it or a field is written in. */
import { useEffect } from 'preact/hooks'

export function useEscape(close: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open]') !== null) return
      if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select')) return
      close()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [close])
}
