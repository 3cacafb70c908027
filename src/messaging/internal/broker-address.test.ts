/** Addresses of brokers: what is in them, and what is not shown of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { parseBrokerUrl } from './broker-address.ts'

const rules = { schemes: ['nats', 'tls'], defaultPort: () => 4_222 }

describe('the address of a broker', () => {
  for (const { url, expected, why } of [
    { url: 'nats://h', expected: { hosts: ['h:4222'] }, why: 'the port is known' },
    { url: 'nats://a:1,b', expected: { hosts: ['a:1', 'b:4222'] }, why: 'a cluster has several' },
    { url: 'nats://127.0.0.1:4333', expected: { hosts: ['127.0.0.1:4333'] }, why: 'an address is no name' },
    {
      url: 'tls://token@h',
      expected: { scheme: 'tls', user: 'token', password: undefined },
      why: 'a token stands alone',
    },
    { url: 'nats://me:p%40ss@h', expected: { user: 'me', password: 'p@ss' }, why: 'a password may have any character' },
    { url: 'nats://h/%2Fv', expected: { path: '/v' }, why: 'a virtual host may be a slash' },
  ]) {
    it(`reads ${url}: ${why}`, () => {
      const address: object = parseBrokerUrl(url, rules)
      assert.deepEqual({ ...address, ...expected }, address)
    })
  }

  it('shows nothing of an address that it cannot read', () => {
    assert.throws(
      () => parseBrokerUrl('http://me:secret@host', rules),
      (error: unknown) =>
        error instanceof ServiceError && error.code === 'BAD_BROKER_URL' && !error.message.includes('secret'),
    )
  })
})
