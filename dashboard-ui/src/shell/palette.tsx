/** The palette: everything by its name. */
import { useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { go } from '../routing/place.ts'
import { paletteEntries } from './palette-entries.ts'

export interface PaletteProps {
  readonly services: readonly string[]
  readonly onClose: () => void
}

export function Palette({ services, onClose }: PaletteProps) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const entries = paletteEntries(text, services).slice(0, 40)
  const open = (at: number): void => {
    const entry = entries[at]
    if (entry === undefined) return
    onClose()
    go(entry.href)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = entries.length - 1
    if (event.key === 'ArrowDown') setChosen(chosen >= last ? 0 : chosen + 1)
    else if (event.key === 'ArrowUp') setChosen(chosen <= 0 ? last : chosen - 1)
    else if (event.key === 'Enter') open(chosen)
    else return
    event.preventDefault()
  }
  return (
    <Dialog label="Find" onClose={onClose}>
      <input
        class="palette-input"
        role="combobox"
        aria-label="Find a page, a service or a trace"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${chosen}`}
        placeholder="Page, service, or a trace id …"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div class="palette-list" id="palette-list" role="listbox" aria-label="Found" tabIndex={-1}>
        {entries.map((entry, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
          <div
            key={entry.href + entry.text}
            id={`palette-${at}`}
            class="palette-item"
            role="option"
            aria-selected={at === chosen}
            tabIndex={-1}
            ref={(element) => {
              if (at === chosen) element?.scrollIntoView({ block: 'nearest' })
            }}
            onPointerMove={() => setChosen(at)}
            onClick={() => open(at)}
          >
            <Icon name={entry.icon} />
            {entry.text}
            <small>{entry.hint}</small>
          </div>
        ))}
      </div>
    </Dialog>
  )
}
