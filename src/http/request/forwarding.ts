/**
 * Forwarding: who the client is when proxies stand in between.
 *
 *   client ──▶ cdn ──▶ ingress ──▶ us        x-forwarded-for: «anything the client wrote», client, cdn
 *                                            walked from the right: the first address that is no trusted proxy
 *
 * Nothing is believed unless the connection itself comes from a trusted proxy. Only one family of headers is read: the
 * one the proxies are known to write; the other one is whatever the client wrote.
 */

import { AddressBlocks } from '../../wire/address-blocks.ts'
import type { Call } from '../internal/call.ts'

export interface ProxyTrust {
  readonly blocks: AddressBlocks
  /** Which headers the proxies write: `x-forwarded-for`, `-proto` and `-host`, or `forwarded` (RFC 7239). */
  readonly headers: 'x-forwarded' | 'forwarded'
}

export function requestIp(call: Call): string {
  const peer = call.exchange.peer.address
  const proxies = trustedPeer(call)
  if (proxies === undefined) return peer
  const hops = proxies.headers === 'forwarded' ? forwardedValues(call, 'for') : listed(call, 'x-forwarded-for')
  let ip = peer
  for (let i = hops.length - 1; i >= 0; i--) {
    const address = bareAddress(hops[i] as string)
    // A proxy that hides or garbles the address before it ends the walk: what is further left cannot be checked.
    if (address === undefined) return ip
    ip = address
    if (!proxies.blocks.includes(ip)) return ip
  }
  return ip
}

export function requestScheme(call: Call): 'http' | 'https' {
  const forwarded = lastForwarded(call, 'proto', 'x-forwarded-proto')?.toLowerCase()
  return forwarded === 'http' || forwarded === 'https' ? forwarded : call.exchange.scheme
}

export function requestHost(call: Call): string {
  const forwarded = lastForwarded(call, 'host', 'x-forwarded-host')
  return forwarded !== undefined && hostText.test(forwarded) ? forwarded : call.exchange.authority
}

/** RFC 3986 section 3.2: a host and a port; nothing that could end an authority. */
const hostText = /^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]+$/

/** Proxies write these beside those of the hop before: the last value is the one of the proxy next to us. */
function lastForwarded(call: Call, parameter: string, header: string): string | undefined {
  const proxies = trustedPeer(call)
  if (proxies === undefined) return undefined
  return (proxies.headers === 'forwarded' ? forwardedValues(call, parameter) : listed(call, header)).at(-1)
}

function trustedPeer({ settings, exchange }: Call): ProxyTrust | undefined {
  return settings.proxies?.blocks.includes(exchange.peer.address) ? settings.proxies : undefined
}

function listed(call: Call, header: string): string[] {
  const text = call.exchange.header(header)
  return text === undefined ? [] : text.split(',').map((value) => value.trim())
}

/** `for=192.0.2.43;proto=https, for="[2001:db8::1]:4711"`: the values of one parameter, empty where an element lacks it. */
function forwardedValues(call: Call, parameter: string): string[] {
  const text = call.exchange.header('forwarded')
  if (text === undefined) return []
  return splitUnquoted(text, ',').map((element) => {
    for (const pair of splitUnquoted(element, ';')) {
      const equals = pair.indexOf('=')
      if (pair.slice(0, equals).trim().toLowerCase() === parameter) return unquoted(pair.slice(equals + 1).trim())
    }
    return ''
  })
}

function splitUnquoted(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted && character === '\\') i++
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquoted(value: string): string {
  return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** The address without port and brackets, or undefined if it is none, such as `unknown` or `_hidden`. */
function bareAddress(node: string): string | undefined {
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::\d+)?$/.exec(node)?.[1]
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(node)?.[1]
  const address = bracketed ?? withPort ?? node
  return AddressBlocks.isAddress(address) ? address : undefined
}
