import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CameraWishes, cameraFor } from './camera.ts'

describe('the part of the map that is seen', () => {
  const size = { width: 400, height: 800 }
  const rows: { given: Omit<CameraWishes, 'size'>; expected: object; why: string }[] = [
    {
      given: { layout: { width: 800, height: 400 }, least: 0.25, about: undefined },
      expected: { scale: 0.5, x: 0, y: 300 },
      why: 'all of it, in the middle',
    },
    {
      given: { layout: { width: 200, height: 200 }, least: 0.25, about: undefined },
      expected: { scale: 1.15, x: 85, y: 285 },
      why: 'a small one is not blown up',
    },
    {
      given: { layout: { width: 2_000, height: 400 }, least: 0.5, about: { x: 1_000, y: 200 } },
      expected: { scale: 0.5, x: -300, y: 300 },
      why: 'one that is too wide to be read shows what is asked for in the middle',
    },
    {
      given: { layout: { width: 2_000, height: 400 }, least: 0.5, about: { x: 10, y: 200 } },
      expected: { scale: 0.5, x: 0, y: 300 },
      why: 'and begins at its edge where that is near',
    },
  ]
  for (const { given, expected, why } of rows)
    it(why, () => {
      const { scale, x, y } = cameraFor({ size, ...given })
      assert.deepEqual({ scale, x: Math.round(x), y: Math.round(y) }, expected)
    })
})
