/** A text to search for; told on after the visitor has paused. `/` focuses the page's first one. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

export interface SearchFieldProps {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly onSearch: (text: string) => void
  /** Wait after the last key, in milliseconds; default 250. */
  readonly delayMs?: number
  /** Id of a `<datalist>`. */
  readonly list?: string
}

export function SearchField({ label, value, placeholder = label, onSearch, delayMs = 250, list }: SearchFieldProps) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text === told.current) return
    const timer = setTimeout(() => {
      told.current = text
      onSearch(text)
    }, delayMs)
    return () => clearTimeout(timer)
  }, [text, delayMs, onSearch])
  return (
    <label class="search">
      <span class="sr">{label}</span>
      <Icon name="search" />
      <input
        class="input"
        type="search"
        data-search
        list={list}
        value={text}
        placeholder={placeholder}
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  )
}
