/** Switches between light and dark. */
import { useSignal } from '../live/signal.ts'
import { Icon } from '../parts/icon.tsx'
import { nextTheme, scheme } from '../theme/theme.ts'

export function ThemeButton() {
  const isDark = useSignal(scheme) === 'dark'
  const label = isDark ? 'Light colours' : 'Dark colours'
  return (
    <button
      type="button"
      class="button button-quiet button-small button-icon"
      aria-label={label}
      title={`${label} (d)`}
      onClick={nextTheme}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
    </button>
  )
}
