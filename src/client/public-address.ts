/**
 * Which addresses belong to the public Internet: the registries of RFC 6890 and IANA's lists of special-purpose addresses, and
 * what clouds put their metadata on.
 */
import { AddressBlocks, parseAddress } from '../wire/address-blocks.ts'

/** Ranges that are not public, and what they are. */
const special: readonly (readonly [blocks: AddressBlocks, what: string])[] = [
  [new AddressBlocks(['127.0.0.0/8', '::1/128']), 'loopback'],
  [new AddressBlocks(['169.254.0.0/16', 'fe80::/10']), 'link-local, where clouds keep metadata'],
  [new AddressBlocks(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']), 'private'],
  [new AddressBlocks(['100.64.0.0/10']), 'shared by carriers (CGNAT)'],
  [new AddressBlocks(['0.0.0.0/8', '::/128']), 'this host'],
  [new AddressBlocks(['224.0.0.0/4', 'ff00::/8']), 'multicast'],
  [new AddressBlocks(['240.0.0.0/4']), 'reserved'],
  // Outside of the ranges above: Azure's metadata and wire server.
  [new AddressBlocks(['168.63.129.16/32']), 'metadata of a cloud'],
  [
    new AddressBlocks([
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      // Protocol assignments with Teredo and ORCHID, documentation, 6to4.
      '2001::/23',
      '2001:db8::/32',
      '2002::/16',
      '3fff::/20',
    ]),
    'for special purposes',
  ],
]
/** RFC 6052: the last four bytes are an IPv4 address that a gateway translates to. */
const translated = new AddressBlocks(['64:ff9b::/96'])
/** All that is handed out to the public so far (RFC 4291 section 2.4). */
const globalUnicast = new AddressBlocks(['2000::/3'])

/** What an address is if it is not public; undefined for one that is. */
export function whyNotPublic(address: string): string | undefined {
  const bytes = parseAddress(address)
  if (bytes === undefined) return 'no address'
  const found = special.find(([blocks]) => blocks.includes(address))
  if (found !== undefined) return found[1]
  if (bytes.length === 4) return undefined
  if (translated.includes(address)) return whyNotPublic(bytes.slice(12).join('.'))
  return globalUnicast.includes(address) ? undefined : 'outside of what is handed out'
}
