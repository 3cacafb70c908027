import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AddressBlocks } from './address-blocks.ts'

describe('AddressBlocks', () => {
  const rows = [
    { block: '10.0.0.0/8', address: '10.255.0.1', isIn: true, why: 'the first byte is the same' },
    { block: '10.0.0.0/8', address: '11.0.0.1', isIn: false, why: 'the first byte is another' },
    { block: '192.168.4.0/22', address: '192.168.7.255', isIn: true, why: 'it is the last address of the block' },
    { block: '192.168.4.0/22', address: '192.168.8.0', isIn: false, why: 'it is the first one behind the block' },
    { block: '192.0.2.7', address: '192.0.2.7', isIn: true, why: 'an address alone is a block of one' },
    { block: '0.0.0.0/0', address: '203.0.113.9', isIn: true, why: 'a prefix of nothing holds every IPv4 address' },
    { block: '0.0.0.0/0', address: '2001:db8::1', isIn: false, why: 'IPv6 is another family' },
    { block: '2001:db8::/32', address: '2001:db8:ffff::1', isIn: true, why: 'the first 32 bits are the same' },
    { block: '2001:db8::/33', address: '2001:db8:8000::', isIn: false, why: 'bit 33 differs' },
    { block: '::1', address: '0:0:0:0:0:0:0:1', isIn: true, why: 'one address has many spellings' },
    { block: '10.0.0.0/8', address: '::ffff:10.1.2.3', isIn: true, why: 'a mapped IPv4 address is that address' },
    { block: 'loopback', address: '127.8.8.8', isIn: true, why: 'all of 127/8 is loopback' },
    { block: 'private', address: '172.31.255.255', isIn: true, why: '172.16/12 ends there' },
    { block: 'private', address: '172.32.0.0', isIn: false, why: '172.16/12 ends before' },
    { block: 'private', address: 'fd00::1', isIn: true, why: 'fc00::/7 are unique local addresses' },
    { block: 'fe80::/10', address: 'fe80::1%eth0', isIn: true, why: 'the zone is the interface, not the address' },
    { block: '10.0.0.0/8', address: 'unknown', isIn: false, why: 'it is no address' },
    { block: '10.0.0.0/8', address: '', isIn: false, why: 'a Unix socket has none' },
  ]
  for (const { block, address, isIn, why } of rows) {
    it(`${block} ${isIn ? 'holds' : 'does not hold'} ${address}: ${why}`, () => {
      assert.equal(new AddressBlocks([block]).includes(address), isIn)
    })
  }

  const refused = [
    { block: '10.0.0.0/33', why: 'IPv4 has 32 bits' },
    { block: '::/129', why: 'IPv6 has 128 bits' },
    { block: '10.0.0/8', why: 'an address has four parts' },
    { block: '10.0.0.256', why: 'a part is a byte' },
    { block: '010.0.0.1', why: 'a leading zero is octal to some' },
    { block: '1::2::3', why: 'only one gap can be filled' },
    { block: '1:2:3:4:5:6:7:8:9', why: 'there are too many groups' },
    { block: '1:2:3:4:5:6:7::8', why: 'the gap stands for nothing' },
    { block: '10.0.0.0/', why: 'the length is missing' },
    { block: 'my-proxy', why: 'names are not looked up' },
  ]
  for (const { block, why } of refused) {
    it(`refuses '${block}': ${why}`, () => {
      assert.throws(() => new AddressBlocks([block]), { code: 'BAD_ADDRESS_BLOCK' })
    })
  }
})
