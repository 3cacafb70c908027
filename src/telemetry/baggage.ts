/**
 * Baggage: names and values that travel with a trace through every service, such as a tenant. W3C Baggage.
 *
 *   baggage: tenant=acme,plan=gold;ttl=60        member (, member)*; a member is key=value, properties behind ;
 *
 * It comes from whoever calls and goes to whoever is called: no secret belongs in it, and nothing in it is to be trusted.
 */
import { Context, currentContext } from '../foundation/context/context.ts'
import { ContextKey } from '../foundation/context/context-key.ts'
import type { HeaderSource, HeaderTarget } from './propagation.ts'

export interface BaggageEntry {
  readonly value: string
  /** What stands behind the value, passed on unchanged. */
  readonly properties?: string
}

export type Baggage = ReadonlyMap<string, BaggageEntry>

/** Where the baggage of the running work stands in a `Context`. */
export const contextBaggage: ContextKey<Baggage> = new ContextKey<Baggage>('baggage')

/** The value under this name in the baggage of the running work. */
export function baggageValue(name: string): string | undefined {
  return currentContext()?.get(contextBaggage)?.get(name)?.value
}

/** Runs `work` with further baggage; `undefined` takes a name away. Names that are no token are left out. */
export function withBaggage<T>(entries: Readonly<Record<string, string | undefined>>, work: () => T): T {
  const parent = currentContext()
  const merged = new Map(parent?.get(contextBaggage))
  for (const [name, value] of Object.entries(entries)) {
    if (value === undefined) merged.delete(name)
    else if (token.test(name)) merged.set(name, { value })
  }
  return new Context({ parent }).set(contextBaggage, merged).run(work)
}

/** Section 3.3.2 of W3C Baggage: what every platform passes on. We pass on no more, whoever sends it. */
const maxMembers = 64
const maxLength = 8_192

const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
/** baggage-octet: visible ASCII without double quote, comma, semicolon and backslash. */
const octets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
/** Properties: the same, and what separates and joins them. */
const propertyOctets = /^[\t\x20\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]*$/

/** What the header says; a member that is malformed is left out, and those beyond the limits. It never throws. */
export function parseBaggage(header: string | undefined): Baggage | undefined {
  if (header === undefined) return undefined
  const entries = new Map<string, BaggageEntry>()
  const text = header.length > maxLength ? wholeMembers(header) : header
  for (const member of text.split(',', 2 * maxMembers)) {
    const entry = parseMember(member)
    if (entry === undefined || (entries.size >= maxMembers && !entries.has(entry[0]))) continue
    entries.set(...entry)
  }
  return entries.size === 0 ? undefined : entries
}

/** Cut behind the last member that fits. */
function wholeMembers(header: string): string {
  return header.slice(0, Math.max(0, header.lastIndexOf(',', maxLength)))
}

function parseMember(member: string): [string, BaggageEntry] | undefined {
  const semicolon = member.indexOf(';')
  const pair = semicolon === -1 ? member : member.slice(0, semicolon)
  const equals = pair.indexOf('=')
  if (equals === -1) return undefined
  const name = pair.slice(0, equals).trim()
  const value = pair.slice(equals + 1).trim()
  const properties = semicolon === -1 ? '' : member.slice(semicolon + 1).trim()
  if (!token.test(name) || !octets.test(value) || !propertyOctets.test(properties)) return undefined
  const decoded = decode(value)
  return [name, properties === '' ? { value: decoded } : { value: decoded, properties }]
}

/** What is not UTF-8 is replaced, as the specification asks. */
function decode(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    const bytes = value.replace(/%([\da-fA-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
    return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))
  }
}

/** The header of this baggage; what does not fit into its limits any more is left out. */
export function formatBaggage(baggage: Baggage): string {
  let text = ''
  let members = 0
  for (const [name, { value, properties }] of baggage) {
    const member = `${name}=${encode(value)}${properties === undefined ? '' : `;${properties}`}`
    if (members >= maxMembers) break
    if (text.length + member.length + 1 > maxLength) continue
    text += members === 0 ? member : `,${member}`
    members++
  }
  return text
}

/** A lone surrogate has no form in UTF-8. */
function encode(value: string): string {
  return encodeURIComponent(value.isWellFormed() ? value : value.toWellFormed())
}

export function extractBaggage(from: HeaderSource): Baggage | undefined {
  return parseBaggage(from.header('baggage'))
}

export function injectBaggage(baggage: Baggage, into: HeaderTarget): void {
  const header = formatBaggage(baggage)
  if (header !== '') into.set('baggage', header)
}
