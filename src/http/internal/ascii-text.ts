/** Bytes [start, end), which are ASCII, as text. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  // For a few characters the call into the runtime costs more than the loop; for more, the loop leaves a rope behind
  // that the first search has to flatten.
  if (end - start > 6) return Buffer.prototype.latin1Slice.call(bytes, start, end)
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}
