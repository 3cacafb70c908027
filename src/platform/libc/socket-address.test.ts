import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ipv6Groups, ipv6Text, readAddress, writeIpAddress, writePath } from './socket-address.ts'

describe('an address as the kernel keeps it', () => {
  const addresses = [
    { host: '127.0.0.1', text: '127.0.0.1', why: 'IPv4' },
    { host: '255.0.255.200', text: '255.0.255.200', why: 'an octet with its highest bit set' },
    { host: '::1', text: '::1', why: 'zeros in front' },
    { host: '::', text: '::', why: 'nothing but zeros' },
    { host: 'fe80::', text: 'fe80::', why: 'zeros behind' },
    {
      host: '2001:db8:0:0:1:0:0:1',
      text: '2001:db8::1:0:0:1',
      why: 'the first of two runs of zeros (RFC 5952 section 4.2.3)',
    },
    { host: '2001:db8:0:1:1:1:1:1', text: '2001:db8:0:1:1:1:1:1', why: 'a single zero stays (RFC 5952 section 4.2.2)' },
    { host: '::ffff:192.0.2.1', text: '192.0.2.1', why: 'IPv4 that came to a listener for both' },
    { host: 'fe80::1%eth0', text: 'fe80::1', why: 'a zone is no part of it' },
  ]
  for (const { host, text, why } of addresses) {
    it(`comes back as it was written: ${host} (${why})`, () => {
      const memory = Buffer.alloc(128, 0xff)
      assert.equal(writeIpAddress(memory, host, 65_535), host.includes(':') ? 28 : 16)
      const { address, port } = readAddress(memory)
      assert.deepEqual({ address, port }, { address: text, port: 65_535 })
    })
  }

  it('has eight groups, whatever was left out', () => {
    assert.deepEqual(ipv6Groups('1::8'), [1, 0, 0, 0, 0, 0, 0, 8])
    assert.equal(ipv6Text([1, 0, 0, 0, 0, 0, 0, 8]), '1::8')
  })

  it('is empty for a Unix socket', () => {
    const memory = Buffer.alloc(128)
    assert.equal(writePath(memory, '/run/a.sock'), 2 + 11 + 1)
    assert.deepEqual(readAddress(memory), { address: '', port: 0 })
  })
})
