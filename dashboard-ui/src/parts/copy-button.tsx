/** Copies a text, and says that it did. */
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

export function CopyButton({ label, text }: { readonly label: string; readonly text: string }) {
  const [isDone, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setDone(true)
    setTimeout(() => setDone(false), 1_500)
  }
  return (
    <button
      type="button"
      class="button button-quiet button-small button-icon"
      aria-label={isDone ? 'Copied' : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={isDone ? 'check' : 'copy'} />
    </button>
  )
}
