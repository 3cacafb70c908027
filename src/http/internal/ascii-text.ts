/** Bytes [start, end), which are ASCII, as text. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  // Short texts are the rule, and for them a call into the runtime costs more than the loop.
  if (end - start > 64) return Buffer.prototype.latin1Slice.call(bytes, start, end)
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}
