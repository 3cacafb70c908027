/** Whether what is on the screen is kept fresh. */
import { type LinkState, link } from '../live/live-events.ts'
import { useSignal } from '../live/signal.ts'
import type { Tone } from '../parts/tone.ts'

const looks: Readonly<Record<LinkState, readonly [tone: Tone, text: string]>> = {
  connecting: ['idle', 'Connecting'],
  live: ['ok', 'Live'],
  lost: ['warn', 'Reconnecting'],
}

export function LinkStatus() {
  const [tone, text] = looks[useSignal(link)]
  return (
    <output class="link-state">
      <span class="dot" data-tone={tone} />
      {text}
    </output>
  )
}
