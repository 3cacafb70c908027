/**
 * The map: nodes and calls as SVG. Drag moves it, the wheel with Ctrl or the buttons change its size, arrow keys and Tab
 * go from node to node.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { TopologyView } from '../../../../src/dashboard/contract/topology.ts'
import { Icon } from '../../parts/icon.tsx'
import { type Camera, cameraFor } from './camera.ts'
import { EdgeShape } from './edge-shape.tsx'
import { layoutOf, type PlacedNode } from './layout.ts'
import { NodeShape } from './node-shape.tsx'

export interface TopologyGraphProps {
  readonly topology: TopologyView
  readonly direction: 'LR' | 'TB'
  readonly chosen: string | undefined
  readonly onChoose: (id: string) => void
}

const smallest = 0.25
/** Below it nobody reads what stands in a node: the map is then larger than the page, and is moved. */
const readable = 0.72
const largest = 2

export function TopologyGraph({ topology: { nodes, edges }, direction, chosen, onChoose }: TopologyGraphProps) {
  const shape = JSON.stringify([nodes.map(({ id }) => id), edges.map(({ id, from, to }) => [id, from, to]), direction])
  const layout = useMemo(() => layoutOf({ nodes, edges, direction }), [shape])
  const box = useRef<HTMLDivElement>(null)
  const drag = useRef<{ x: number; y: number; camera: Camera; hasMoved: boolean } | undefined>(undefined)
  const [camera, setCamera] = useState<Camera>({ scale: 1, x: 0, y: 0 })
  const isOwn = useRef(false)
  const current = useRef(chosen)
  current.current = chosen

  const fit = (least: number): void => {
    const element = box.current
    if (element === null) return
    const size = { width: element.clientWidth, height: element.clientHeight }
    const placed = [...layout.nodes.values()]
    const first = placed.toSorted((a, b) => (direction === 'LR' ? a.x - b.x : a.y - b.y))[0]
    setCamera(cameraFor({ size, layout, least, about: layout.nodes.get(current.current ?? '') ?? first }))
  }
  /** What the keyboard reaches is brought into sight. */
  const reveal = ({ x, y, width, height }: PlacedNode): void => {
    const element = box.current
    if (element === null) return
    const isInSight = (at: number, extent: number, room: number): boolean =>
      at - extent / 2 >= 0 && at + extent / 2 <= room
    setCamera((now) => {
      const [left, top] = [now.x + x * now.scale, now.y + y * now.scale]
      const isSeen =
        isInSight(left, width * now.scale, element.clientWidth) &&
        isInSight(top, height * now.scale, element.clientHeight)
      if (isSeen) return now
      return { ...now, x: element.clientWidth / 2 - x * now.scale, y: element.clientHeight / 2 - y * now.scale }
    })
  }
  const zoom = (
    factor: number,
    atX = (box.current?.clientWidth ?? 0) / 2,
    atY = (box.current?.clientHeight ?? 0) / 2,
  ): void => {
    isOwn.current = true
    setCamera(({ scale, x, y }) => {
      const next = Math.min(largest, Math.max(smallest, scale * factor))
      return { scale: next, x: atX - ((atX - x) * next) / scale, y: atY - ((atY - y) * next) / scale }
    })
  }

  useEffect(() => {
    isOwn.current = false
    fit(readable)
    const observer = new ResizeObserver(() => !isOwn.current && fit(readable))
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [layout])

  useEffect(() => {
    const element = box.current
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const area = box.current?.getBoundingClientRect()
      zoom(Math.exp(-event.deltaY * 0.004), event.clientX - (area?.left ?? 0), event.clientY - (area?.top ?? 0))
    }
    // Preact's listeners may be passive, which cannot hold back the browser's own zoom.
    element?.addEventListener('wheel', onWheel, { passive: false })
    return () => element?.removeEventListener('wheel', onWheel)
  }, [])

  const labelOf = (id: string): string => nodes.find((node) => node.id === id)?.label ?? id
  const isLit = (from: string, to: string): boolean => chosen === undefined || from === chosen || to === chosen
  const near = new Set(edges.filter(({ from, to }) => isLit(from, to)).flatMap(({ from, to }) => [from, to]))
  return (
    <div
      class="graph"
      ref={box}
      onPointerDown={(event) => {
        drag.current = { x: event.clientX, y: event.clientY, camera, hasMoved: false }
      }}
      onPointerMove={(event) => {
        const start = drag.current
        if (start === undefined || event.buttons === 0) return
        const [x, y] = [event.clientX - start.x, event.clientY - start.y]
        if (Math.abs(x) + Math.abs(y) < 4) return
        start.hasMoved = true
        isOwn.current = true
        setCamera({ ...start.camera, x: start.camera.x + x, y: start.camera.y + y })
      }}
      onPointerUp={() => setTimeout(() => (drag.current = undefined))}
    >
      <svg class="graph-svg" role="group" aria-label="Services and the calls between them">
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0.500 0.800 7 4 0.500 7.200z" fill="var(--idle)" />
          </marker>
          <marker id="arrow-bad" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0.500 0.800 7 4 0.500 7.200z" fill="var(--bad)" />
          </marker>
        </defs>
        <g transform={`translate(${camera.x} ${camera.y}) scale(${camera.scale})`}>
          {edges.map((edge) => {
            const placed = layout.edges.get(edge.id)
            return (
              placed && (
                <EdgeShape
                  key={edge.id}
                  edge={edge}
                  placed={placed}
                  isLit={isLit(edge.from, edge.to)}
                  title={`${labelOf(edge.from)} calls ${labelOf(edge.to)}`}
                />
              )
            )
          })}
          {nodes.map((node) => {
            const placed = layout.nodes.get(node.id)
            return (
              placed && (
                <NodeShape
                  key={node.id}
                  node={node}
                  placed={placed}
                  isChosen={node.id === chosen}
                  isLit={chosen === undefined || near.has(node.id)}
                  onReach={() => reveal(placed)}
                  onChoose={() => drag.current?.hasMoved || onChoose(node.id)}
                />
              )
            )
          })}
        </g>
      </svg>
      <div class="graph-tools">
        <button
          type="button"
          class="button button-small button-icon"
          aria-label="Smaller"
          onClick={() => zoom(1 / 1.25)}
        >
          −
        </button>
        <button type="button" class="button button-small button-icon" aria-label="Larger" onClick={() => zoom(1.25)}>
          +
        </button>
        <button
          type="button"
          class="button button-small button-icon"
          aria-label="All of it"
          onClick={() => {
            isOwn.current = true
            fit(smallest)
          }}
        >
          <Icon name="fit" />
        </button>
      </div>
    </div>
  )
}
