/** AddressBlocks: sets of IP addresses in CIDR notation, such as `10.0.0.0/8` or `2001:db8::/32` (RFC 4632, RFC 4291). */
import { ServiceError } from '../foundation/errors/service-error.ts'

interface Block {
  readonly bytes: readonly number[]
  readonly prefixLength: number
}

/** Names for the blocks that are often meant. */
const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

export class AddressBlocks {
  readonly #blocks: readonly Block[]

  /**
   * Addresses, blocks, and the names `loopback` and `private`.
   *
   * @throws ServiceError `BAD_ADDRESS_BLOCK` for anything else.
   */
  constructor(blocks: readonly string[]) {
    this.#blocks = blocks.flatMap((block) => named[block] ?? [block]).map(parseBlock)
  }

  static isAddress(text: string): boolean {
    return parseAddress(text) !== undefined
  }

  includes(address: string): boolean {
    const bytes = parseAddress(address)
    return bytes !== undefined && this.#blocks.some((block) => sharesPrefix(bytes, block))
  }
}

function parseBlock(text: string): Block {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash))
  const length = slash === -1 ? undefined : text.slice(slash + 1)
  const bits = address === undefined ? 0 : address.length * 8
  const prefixLength = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1
  if (address !== undefined && prefixLength >= 0 && prefixLength <= bits) return { bytes: address, prefixLength }
  throw new ServiceError(
    'BAD_ADDRESS_BLOCK',
    `'${text}' is no IP address or block of them; write '10.0.0.0/8', '2001:db8::/32', 'loopback' or 'private'.`,
  )
}

function sharesPrefix(bytes: readonly number[], { bytes: start, prefixLength }: Block): boolean {
  if (bytes.length !== start.length) return false
  const whole = prefixLength >> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== start[i]) return false
  const rest = prefixLength & 7
  return rest === 0 || (((bytes[whole] as number) ^ (start[whole] as number)) & (0xff00 >> rest) & 0xff) === 0
}

/** 4 or 16 bytes; undefined for what is no address. An IPv4 one in IPv6 clothes (`::ffff:10.0.0.1`) is the IPv4 address. */
export function parseAddress(text: string): number[] | undefined {
  if (!text.includes(':')) return parseIpv4(text)
  // `%eth0` names the interface, not another address (RFC 4007 section 11).
  const zone = text.indexOf('%')
  const bytes = parseIpv6(zone === -1 ? text : text.slice(0, zone))
  if (bytes === undefined) return undefined
  const isMapped = bytes.every((byte, i) => i >= 12 || byte === (i >= 10 ? 0xff : 0))
  return isMapped ? bytes.slice(12) : bytes
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  // No leading zeros: some readers take them for octal, and two readings of an address are one too many.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = ipv6Groups(halves[0] as string)
  const tail = halves[1] === undefined ? [] : ipv6Groups(halves[1])
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function ipv6Groups(text: string): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else {
      const ipv4 = i === groups.length - 1 ? parseIpv4(group) : undefined
      if (ipv4 === undefined) return undefined
      bytes.push(...ipv4)
    }
  }
  return bytes
}
