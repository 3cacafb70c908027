/** What a CSS colour is at this moment, for canvases, which know neither variables nor `light-dark()`. */
export function resolvedColor(color: string): string {
  const probe = document.createElement('span')
  probe.style.color = color
  probe.hidden = true
  document.body.append(probe)
  const { color: resolved } = getComputedStyle(probe)
  probe.remove()
  return resolved
}
