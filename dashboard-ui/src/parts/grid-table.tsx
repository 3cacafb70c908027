/**
 * A table of many rows, of which only those in sight are drawn.
 *
 *   ┌ head ──────────────────┐
 *   │ rows above: only space │
 *   │ rows in sight, and 8   │   arrows move, Enter opens, Home and End jump; one row at a time can be reached by Tab
 *   │ rows below: only space │
 *   └────────────────────────┘
 */
import type { ComponentChildren } from 'preact'
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { visibleRange } from './visible-range.ts'

export interface GridColumn<Row> {
  readonly head: ComponentChildren
  /** As in `grid-template-columns`. */
  readonly width: string
  /** Class of head and cells, such as `number` or `hide-narrow`. */
  readonly class?: string
  readonly cell: (row: Row, at: number) => ComponentChildren
}

export interface GridTableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly GridColumn<Row>[]
  /** Widths on a narrow screen, for the columns that stay there. */
  readonly narrowColumns: string
  readonly keyOf: (row: Row) => string | number
  readonly rowHeight?: number
  readonly selectedKey?: string | number | undefined
  readonly onOpen: (row: Row) => void
  /** Stays at the end as rows are added, until the visitor scrolls away from it. */
  readonly isFollowing?: boolean
  readonly onScrollAway?: () => void
  readonly onTop?: () => void
  /** Below the last row. */
  readonly foot?: ComponentChildren
  readonly hasHead?: boolean
  readonly rowClass?: (row: Row) => string | undefined
}

const more = 8

export function GridTable<Row>({
  label,
  rows,
  columns,
  narrowColumns,
  keyOf,
  rowHeight = 36,
  selectedKey,
  onOpen,
  isFollowing = false,
  onScrollAway,
  onTop,
  foot,
  hasHead = true,
  rowClass,
}: GridTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 800 })
  const [focused, setFocused] = useState(0)
  const wanted = useRef<number | undefined>(undefined)

  const look = useCallback(() => {
    const element = scroller.current
    if (element === null) return
    setView({ top: element.scrollTop, height: element.clientHeight })
  }, [])

  useLayoutEffect(() => {
    look()
    const observer = new ResizeObserver(look)
    if (scroller.current) observer.observe(scroller.current)
    return () => observer.disconnect()
  }, [look])

  useLayoutEffect(() => {
    const element = scroller.current
    if (isFollowing && element !== null) element.scrollTop = element.scrollHeight
  })

  useLayoutEffect(() => {
    if (wanted.current === undefined) return
    scroller.current?.querySelector<HTMLElement>(`[data-at="${wanted.current}"]`)?.focus({ preventScroll: true })
    wanted.current = undefined
  })

  const moveTo = (at: number): void => {
    const next = Math.min(rows.length - 1, Math.max(0, at))
    const element = scroller.current
    if (element === null) return
    const top = next * rowHeight
    if (top < element.scrollTop) element.scrollTop = top
    if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight
    wanted.current = next
    setFocused(next)
    look()
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1)
    const target = {
      ArrowDown: focused + 1,
      ArrowUp: focused - 1,
      PageDown: focused + page,
      PageUp: focused - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key]
    const row = rows[focused]
    if (target !== undefined) moveTo(target)
    else if (event.key === 'Enter' && row !== undefined && event.target === event.currentTarget) onOpen(row)
    else return
    event.preventDefault()
  }

  const onScroll = (): void => {
    const element = scroller.current
    if (element === null) return
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight * 2
    if (isFollowing && !isAtEnd) onScrollAway?.()
    if (element.scrollTop < rowHeight && view.top >= rowHeight) onTop?.()
    look()
  }

  const { from, to } = visibleRange({ count: rows.length, rowHeight, more, ...view })
  const template = { '--columns': columns.map(({ width }) => width).join(' '), '--narrow-columns': narrowColumns }
  const reachable = Math.min(Math.max(focused, 0), rows.length - 1)
  return (
    <div
      class="grid-table"
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + (hasHead ? 1 : 0)}
      style={template}
    >
      {hasHead && (
        <div class="grid-head" role="row">
          {columns.map((column, at) => (
            <span key={at} class={column.class} role="columnheader">
              {column.head}
            </span>
          ))}
        </div>
      )}
      <div class="grid-scroll" ref={scroller} onScroll={onScroll} role="rowgroup">
        <div style={{ height: `${rows.length * rowHeight}px` }}>
          {rows.slice(from, to).map((row, offset) => {
            const at = from + offset
            const key = keyOf(row)
            return (
              <div
                key={key}
                class={`grid-row ${rowClass?.(row) ?? ''}`}
                role="row"
                aria-rowindex={at + (hasHead ? 2 : 1)}
                aria-selected={key === selectedKey}
                data-at={at}
                tabIndex={at === reachable ? 0 : -1}
                style={{ top: `${at * rowHeight}px`, height: `${rowHeight}px` }}
                onClick={(event) => {
                  setFocused(at)
                  if (!(event.target instanceof Element && event.target.closest('a, button'))) onOpen(row)
                }}
                onFocus={() => setFocused(at)}
                onKeyDown={onKeyDown}
              >
                {columns.map((column, columnAt) => (
                  <span key={columnAt} class={column.class} role="cell">
                    {column.cell(row, at)}
                  </span>
                ))}
              </div>
            )
          })}
        </div>
        {foot}
      </div>
    </div>
  )
}
