/** A state as a coloured dot and a word: colour alone says nothing to many. */
import type { ComponentChildren } from 'preact'
import type { Tone } from './tone.ts'

export function WithDot({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class="with-dot">
      <span class="dot" data-tone={tone} />
      <span class="truncate">{children}</span>
    </span>
  )
}
