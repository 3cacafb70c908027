/** Media types as `content-type` names them (RFC 9110 section 8.3.1). */

export interface MediaType {
  /** Lower-case `type/subtype`, empty if there is none. */
  readonly essence: string
  /** By lower-case name. */
  readonly parameters: ReadonlyMap<string, string>
}

const parameter = /;\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^;"\s]*))/g
const noParameters: ReadonlyMap<string, string> = new Map()

export function parseMediaType(text: string): MediaType {
  const semicolon = text.indexOf(';')
  if (semicolon === -1) return { essence: text.trim().toLowerCase(), parameters: noParameters }
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, plain = ''] of text.slice(semicolon).matchAll(parameter)) {
    // The first of a name wins, as in the WHATWG MIME standard.
    if (!parameters.has(name.toLowerCase()))
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain)
  }
  return { essence: text.slice(0, semicolon).trim().toLowerCase(), parameters }
}

/** `application/json` and the types built on it, such as `application/merge-patch+json` (RFC 6839). */
export function isJson(essence: string): boolean {
  return essence === 'application/json' || (essence.startsWith('application/') && essence.endsWith('+json'))
}
