/**
 * Contrast of every text in sight with what is behind it, as WCAG 2.2 counts it.
 *
 *   text ─▶ its colour, and the first background behind it that is not see-through ─▶ ratio below 4.5 (3 for large text)
 */
import type { Page } from 'playwright-core'

export async function faintTexts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    if (pen === null) throw new Error('no canvas')

    /** Any CSS colour as red, green, blue and alpha, over what is below it. */
    const over = (colors: readonly string[]): readonly number[] => {
      pen.clearRect(0, 0, 1, 1)
      for (const color of colors) {
        pen.fillStyle = color
        pen.fillRect(0, 0, 1, 1)
      }
      return [...pen.getImageData(0, 0, 1, 1).data]
    }
    const luminance = (color: readonly number[]): number => {
      const [red = 0, green = 0, blue = 0] = color.map((channel) => {
        const share = channel / 255
        return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const backgroundsOf = (element: Element): string[] => {
      const found: string[] = []
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at)
        found.unshift(backgroundColor)
        if (over([backgroundColor])[3] === 255) break
      }
      return found
    }

    const faint = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? ''
      const element = node.parentElement
      if (text === '' || element === null || element.closest('svg, .sr, script, :disabled, .bar-text') !== null)
        continue
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      const { color, fontSize, fontWeight } = getComputedStyle(element)
      const backgrounds = backgroundsOf(element)
      const [light = 0, dark = 0] = [luminance(over([...backgrounds, color])), luminance(over(backgrounds))].toSorted(
        (a, b) => b - a,
      )
      const ratio = (light + 0.05) / (dark + 0.05)
      const size = Number.parseFloat(fontSize)
      const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700)
      if (ratio < (isLarge ? 3 : 4.5))
        faint.add(`“${text.slice(0, 30)}” in ${element.className || element.tagName}: ${ratio.toFixed(2)}`)
    }
    return [...faint]
  })
}
