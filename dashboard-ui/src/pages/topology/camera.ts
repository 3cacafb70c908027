/** Camera: which part of the map is seen, and how large. */
import type { Layout, Point } from './layout.ts'

export interface Camera {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface CameraWishes {
  /** Of the page's part, in pixels. */
  readonly size: { readonly width: number; readonly height: number }
  readonly layout: Pick<Layout, 'width' | 'height'>
  /** Smaller than this it does not become: then not all of it is seen. */
  readonly least: number
  /** What must be seen where not all is. */
  readonly about: Point | undefined
}

const largestFit = 1.15

/** All of the map in the middle where it is large enough to be read, else the part around `about`. */
export function cameraFor({ size, layout, least, about }: CameraWishes): Camera {
  const whole = Math.min(size.width / layout.width, size.height / layout.height)
  const scale = Math.min(largestFit, Math.max(least, whole))
  const x = about?.x ?? layout.width / 2
  const y = about?.y ?? layout.height / 2
  return {
    scale,
    x: shift(size.width, layout.width * scale, x * scale),
    y: shift(size.height, layout.height * scale, y * scale),
  }
}

/** In the middle where there is room for all, else with `wanted` as near to the middle as leaves no empty edge. */
function shift(room: number, extent: number, wanted: number): number {
  if (extent <= room) return (room - extent) / 2
  return Math.min(0, Math.max(room - extent, room / 2 - wanted))
}
