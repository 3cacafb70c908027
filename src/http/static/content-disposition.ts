/** `content-disposition` for a download (RFC 6266): the name as ASCII for old clients, and as it is for the others. */

export function contentDisposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')
  const plain = `attachment; filename="${ascii}"`
  // RFC 8187: of what encodeURIComponent leaves, these are no attr-char.
  return ascii === name
    ? plain
    : `${plain}; filename*=UTF-8''${encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, percentEncode)}`
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
