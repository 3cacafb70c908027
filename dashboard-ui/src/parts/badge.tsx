/** A short word with a tone. */
import type { ComponentChildren } from 'preact'
import type { Tone } from './tone.ts'

export interface BadgeProps {
  readonly tone?: Tone
  readonly title?: string
  readonly children: ComponentChildren
}

export function Badge({ tone = 'idle', title, children }: BadgeProps) {
  return (
    <span class="badge" data-tone={tone} title={title}>
      {children}
    </span>
  )
}
