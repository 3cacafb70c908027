/**
 * Addresses as the kernel keeps them (`sockaddr_in`, `sockaddr_in6`, `sockaddr_un`), and back.
 *
 *   family │ port │ IPv4                           family: in the machine's byte order; ports and addresses: network order
 *   family │ port │ flow │ IPv6 │ scope
 *   family │ path … 0
 */
import type { Buffer } from 'node:buffer'
import type { SocketPeer } from '../socket.ts'
import { unmappedAddress } from '../unmapped-address.ts'
import { AF_INET, AF_INET6, AF_UNIX } from './constants.ts'

export const maxPathBytes = 107
const ipv4Bytes = 16
const ipv6Bytes = 28

/** Writes the address and returns its length. @throws if `host` is no numeric address. */
export function writeIpAddress(to: Buffer, host: string, port: number): number {
  to.fill(0)
  to.writeUInt16BE(port, 2)
  if (!host.includes(':')) {
    to.writeUInt16LE(AF_INET, 0)
    for (const [index, octet] of host.split('.').entries()) to.writeUInt8(Number(octet), 4 + index)
    return ipv4Bytes
  }
  to.writeUInt16LE(AF_INET6, 0)
  for (const [index, group] of ipv6Groups(host).entries()) to.writeUInt16BE(group, 8 + 2 * index)
  return ipv6Bytes
}

export function writePath(to: Buffer, path: string): number {
  to.fill(0)
  to.writeUInt16LE(AF_UNIX, 0)
  return 2 + to.write(path, 2) + 1
}

/** Eight groups; `::` stands for as many zeros as are missing. The last two may be written as IPv4. */
export function ipv6Groups(host: string): number[] {
  const [address = ''] = host.split('%')
  const [front = '', back] = address.split('::')
  const left = groupsOf(front)
  if (back === undefined) return left
  const right = groupsOf(back)
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function groupsOf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

/** Empty and 0 for a Unix socket. */
export function readAddress(from: Buffer): SocketPeer {
  const family = from.readUInt16LE(0)
  if (family === AF_INET) return new Ipv4Peer(from.readUInt32BE(4), from.readUInt16BE(2))
  if (family !== AF_INET6) return { address: '', port: 0 }
  const groups = Array.from({ length: 8 }, (_, index) => from.readUInt16BE(8 + 2 * index))
  return { address: unmappedAddress(ipv6Text(groups)), port: from.readUInt16BE(2) }
}

/** Most servers never ask who it is, so the text is made when somebody does. */
class Ipv4Peer implements SocketPeer {
  readonly port: number
  readonly #address: number

  constructor(address: number, port: number) {
    this.#address = address
    this.port = port
  }

  get address(): string {
    const address = this.#address
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
  }
}

/** RFC 5952: the longest run of zeros, if it is longer than one, becomes `::`; an IPv4 address in it is written as one. */
export function ipv6Text(groups: readonly number[]): string {
  const [, , , , , mark = 0, high = 0, low = 0] = groups
  if (mark === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${high >>> 8}.${high & 255}.${low >>> 8}.${low & 255}`
  }
  const { start, length } = longestZeros(groups)
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}
