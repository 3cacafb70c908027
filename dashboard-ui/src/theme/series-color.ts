/**
 * Colours of services: the same one on every page, and different ones for different services while there are enough.
 *
 *   name ─hash─▶ slot ─▶ taken by another? ─yes─▶ next slot
 */

export const slots = 10
const slotByName = new Map<string, number>()

/** A CSS colour that follows light and dark. */
export function seriesColor(name: string): string {
  return `var(--series-${slotOf(name)})`
}

/** Gives out slots in the order of names, so that they do not depend on which page is opened first. */
export function reserveColors(names: readonly string[]): void {
  for (const name of names.toSorted()) slotOf(name)
}

function slotOf(name: string): number {
  const known = slotByName.get(name)
  if (known !== undefined) return known
  const taken = new Set(slotByName.values())
  const wanted = hashOf(name) % slots
  const free = Array.from({ length: slots }, (_, step) => (wanted + step) % slots).find((slot) => !taken.has(slot))
  const slot = free ?? wanted
  slotByName.set(name, slot)
  return slot
}

/** FNV-1a, 32 bit. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
