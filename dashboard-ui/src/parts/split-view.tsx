/**
 * Two panes: a list and what is chosen from it. The line between them moves by dragging or by the arrow keys; on a narrow
 * screen the second pane stands below.
 */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

export interface SplitViewProps {
  readonly children: ComponentChildren
  /** Nothing is chosen without it. */
  readonly side: ComponentChildren | null
  readonly sideLabel: string
  /** First width of the side, in pixels. */
  readonly width?: number
}

const least = 260
const step = 24

export function SplitView({ children, side, sideLabel, width: firstWidth = 400 }: SplitViewProps) {
  const [width, setWidth] = useState(firstWidth)
  const drag = useRef<{ x: number; width: number } | undefined>(undefined)
  const most = (): number => Math.max(least, innerWidth * 0.6)
  const resize = (next: number): void => setWidth(Math.round(Math.min(most(), Math.max(least, next))))
  return (
    <div class="split" data-side-open={side !== null}>
      <div class="split-main">{children}</div>
      {side !== null && (
        <>
          <div
            class="split-handle"
            role="separator"
            aria-orientation="vertical"
            aria-label={`Width of ${sideLabel}`}
            aria-valuenow={width}
            aria-valuemin={least}
            tabIndex={0}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId)
              drag.current = { x: event.clientX, width }
            }}
            onPointerMove={(event) => drag.current && resize(drag.current.width + drag.current.x - event.clientX)}
            onPointerUp={() => {
              drag.current = undefined
            }}
            onKeyDown={({ key }) => {
              if (key === 'ArrowLeft') resize(width + step)
              if (key === 'ArrowRight') resize(width - step)
            }}
          />
          <aside class="split-side" aria-label={sideLabel} style={{ '--side-width': `${width}px` }}>
            {side}
          </aside>
        </>
      )}
    </div>
  )
}
