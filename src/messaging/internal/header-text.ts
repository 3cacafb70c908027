/** HeaderText: any text as the printable ASCII that headers of a broker carry, and back: percent-encoded as CloudEvents' bindings do it. */

export function toHeaderText(text: string): string {
  return text.replace(/[^\x21-\x24\x26-\x7e]+/gu, (piece) => encodeURIComponent(piece.toWellFormed()))
}

/** What another program wrote may be no encoding: then it is what it is. */
export function fromHeaderText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
