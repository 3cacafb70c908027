import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { createJsonLogger } from '../json-logger.ts'
import { MemorySink } from '../sinks/memory.ts'
import { createMask, type MaskOptions, type MaskRule } from './mask.ts'
import type { MaskKind } from './mask-kinds.ts'

const hashKey = 'a key of sixteen characters'

function logged(mask: MaskOptions, message: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const sink = new MemorySink()
  createJsonLogger({ sink, mask: createMask(mask) }).info(message, fields)
  const { time, level, ...rest } = sink.records[0] ?? {}
  return rest
}

describe('a rule for a kind', () => {
  const rows: { kind: MaskKind; text: string; expected: string; why: string }[] = [
    { kind: 'email', text: 'from ada@example.org to', expected: 'from a***@example.org to', why: 'inside of a text' },
    { kind: 'email', text: 'a@b', expected: 'a@b', why: 'no domain of the internet' },
    { kind: 'card', text: 'paid 4111 1111 1111 1111!', expected: 'paid ***1111!', why: 'in groups' },
    { kind: 'card', text: '4111111111111112', expected: '4111111111111112', why: 'the check digit is wrong' },
    { kind: 'card', text: 'order 0000000000000000', expected: 'order 0000000000000000', why: 'zeros are no card' },
    { kind: 'iban', text: 'DE89370400440532013000', expected: 'DE***3000', why: 'without spaces' },
    { kind: 'iban', text: 'to NL91 ABNA 0417 1643 00', expected: 'to NL***4300', why: 'in groups' },
    { kind: 'iban', text: 'DE89370400440532013001', expected: 'DE89370400440532013001', why: 'the remainder is wrong' },
    { kind: 'phone', text: 'call +49 (0)30 123456-78', expected: 'call ***678', why: 'with punctuation' },
    { kind: 'phone', text: '1+2345678', expected: '1+2345678', why: 'a sum' },
    { kind: 'ip', text: 'peer 192.0.2.17:443', expected: 'peer 192.0.2.*:443', why: 'before a port' },
    { kind: 'ip', text: '2001:db8:1:2::17', expected: '2001:db8:1:*', why: 'the network is left' },
    { kind: 'ip', text: 'v1.2.3.400 at 12:30:45', expected: 'v1.2.3.400 at 12:30:45', why: 'a version and a time' },
    {
      kind: 'token',
      text: 'Authorization: Bearer abcdefgh1234',
      expected: 'Authorization: Bearer abcd***',
      why: 'a header',
    },
    { kind: 'token', text: 'got eyJhbGciOi.eyJzdWIiOi.c2ln', expected: 'got eyJh***', why: 'a JSON web token' },
    {
      kind: 'token',
      text: 'redis://user:pass@cache:6379',
      expected: 'redis://user***@cache:6379',
      why: 'in an address',
    },
    { kind: 'token', text: `ghp_${'a1'.repeat(18)}`, expected: 'ghp_***', why: 'of a code host' },
  ]
  for (const { kind, text, expected, why } of rows) {
    it(`${kind}: '${text}' is shown as '${expected}': ${why}`, () => {
      assert.equal(createMask({ rules: [{ kind, way: 'partial' }] }).text(text), expected)
    })
  }

  it('holds for messages, errors, lists, numbers and fields of the logger', () => {
    const sink = new MemorySink()
    const mask = createMask({ rules: [{ kind: 'email' }, { kind: 'card', way: 'partial' }] })
    const log = createJsonLogger({ sink, mask, fields: { owner: 'ops@example.org' } })
    log.info('mail to ada@example.org', {
      error: new Error('no such user bob@example.org'),
      to: ['eve@example.org', { deep: 'zoe@example.org' }],
      card: 4111111111111111,
      orders: 17,
    })
    assert.doesNotMatch(sink.lines[0] ?? '', /@example|4111/)
    assert.equal(sink.records[0]?.orders, 17)
    assert.equal(sink.records[0]?.message, 'mail to [email]')
  })

  it('finds what the end of a long text would cut in two', () => {
    const mask = createMask({ rules: [{ kind: 'email' }] })
    const sink = new MemorySink()
    createJsonLogger({ sink, mask, limits: { maxStringLength: 20 } }).info('x', {
      text: `${' '.repeat(10)}somebody@example.org`,
    })
    assert.doesNotMatch(sink.lines[0] ?? '', /somebody/)
  })

  it('takes patterns of one’s own', () => {
    const rules: MaskRule[] = [{ kind: 'customer', pattern: /\bC-\d{6}\b/g }]
    assert.equal(logged({ rules }, 'paid by C-123456').message, 'paid by [customer]')
  })

  it('is quick on texts made to slow it down', () => {
    const kinds: MaskKind[] = ['email', 'card', 'phone', 'iban', 'token', 'ip']
    const mask = createMask({ rules: kinds.map((kind) => ({ kind })) })
    const hostile = [
      '1'.repeat(8_192),
      'a.'.repeat(4_096),
      `${'a@'.repeat(4_096)}`,
      '1 '.repeat(4_096),
      '+1-'.repeat(2_700),
      'A1'.repeat(4_096),
      ':'.repeat(8_192),
      'DE12 '.repeat(1_600),
      '://a:'.repeat(1_600),
    ]
    for (const text of hostile) {
      const startMs = performance.now()
      mask.text(text)
      const tookMs = performance.now() - startMs
      assert.ok(tookMs < 250, `${text.slice(0, 10)}… took ${tookMs} ms`)
    }
  })
})

describe('a rule for a path', () => {
  const fields = {
    user: { email: 'ada@example.org', name: 'Ada' },
    items: [{ sku: 'tea', note: 'for Eve' }],
    note: 'x',
  }
  const rows: { rule: MaskRule; expected: object; why: string }[] = [
    {
      rule: { path: 'user.email' },
      expected: { ...fields, user: { email: '[redacted]', name: 'Ada' } },
      why: 'one place',
    },
    {
      rule: { path: 'note' },
      expected: { ...fields, note: '[redacted]' },
      why: 'a field, and none of that name below',
    },
    {
      rule: { path: 'items.*.note' },
      expected: { ...fields, items: [{ sku: 'tea', note: '[redacted]' }] },
      why: 'in each item',
    },
    {
      rule: { path: '**.note', way: 'partial' },
      expected: { ...fields, items: [{ sku: 'tea', note: '***' }], note: '***' },
      why: 'at any depth',
    },
    { rule: { path: 'user', way: 'hash' }, expected: { ...fields, user: '[redacted]' }, why: 'an object has no hash' },
  ]
  for (const { rule, expected, why } of rows) {
    it(`${JSON.stringify(rule)}: ${why}`, () => {
      assert.deepEqual(logged({ rules: [rule], hashKey }, 'm', fields), { message: 'm', ...expected })
    })
  }

  it('hashes with a key: the same value has the same text, another key another one', () => {
    const hashed = (key: string, email: string): unknown => {
      const rules: MaskRule[] = [{ path: 'email', way: 'hash' }]
      return logged({ rules, hashKey: key }, 'm', { email }).email
    }
    assert.match(String(hashed(hashKey, 'ada')), /^hash:[\da-f]{16}$/)
    assert.equal(hashed(hashKey, 'ada'), hashed(hashKey, 'ada'))
    assert.notEqual(hashed(hashKey, 'ada'), hashed(hashKey, 'bob'))
    assert.notEqual(hashed(hashKey, 'ada'), hashed(`${hashKey}2`, 'ada'))
  })
})

describe('a rule that cannot be', () => {
  const rows: { options: object; says: RegExp; why: string }[] = [
    { options: { rules: [{ path: 'a', way: 'hash' }] }, says: /hashKey: .* got 0/, why: 'no key' },
    { options: { rules: [{ path: 'a', way: 'hash' }], hashKey: 'short' }, says: /got 5/, why: 'a key that is guessed' },
    { options: { rules: [{ path: 'a..b' }] }, says: /path/, why: 'an empty name' },
    { options: { rules: [{ path: '**.a.b' }] }, says: /path/, why: 'names below any depth' },
    { options: { rules: [{ kind: 'shoe-size' }] }, says: /kind: expected email/, why: 'a kind that is not known' },
    { options: { rules: [{ kind: 'x', pattern: /x/ }] }, says: /flag g/, why: 'only the first one would be hidden' },
  ]
  for (const { options, says, why } of rows) {
    it(`is refused: ${why}`, () => {
      assert.throws(
        () => createMask(options as MaskOptions),
        (error) => error instanceof ServiceError && error.code === 'BAD_MASK' && says.test(error.message),
      )
    })
  }
})
