import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CookieSigner } from './cookie-signer.ts'
import { parseCookies } from './cookies.ts'

describe('parseCookies', () => {
  const rows: { header: string; expected: Record<string, string>; why: string }[] = [
    { header: 'a=1; b=2', expected: { a: '1', b: '2' }, why: 'pairs stand apart by semicolons' },
    { header: 'a=1;b=2', expected: { a: '1', b: '2' }, why: 'the space behind them is optional' },
    { header: 'a=1; a=2', expected: { a: '1' }, why: 'the first of a name wins: it has the most specific path' },
    { header: 'a="1 2"', expected: { a: '1 2' }, why: 'quotes around a value are not part of it' },
    { header: 'a=b=c', expected: { a: 'b=c' }, why: 'only the first = separates' },
    { header: 'a=%E2%82%AC', expected: { a: '€' }, why: 'values are decoded as they were encoded' },
    { header: 'a=100%', expected: { a: '100%' }, why: 'what does not decode stays' },
    { header: 'flag; =x; a=1', expected: { a: '1' }, why: 'pairs without a name are none' },
    { header: '  a = 1 ', expected: { a: '1' }, why: 'space around names and values is dropped' },
  ]
  for (const { header, expected, why } of rows) {
    it(`reads '${header}': ${why}`, () => assert.deepEqual({ ...parseCookies(header, 10) }, expected))
  }

  it('gives an empty record without the header', () => assert.deepEqual({ ...parseCookies(undefined, 10) }, {}))

  it('refuses more cookies than allowed', () => {
    assert.throws(() => parseCookies('a=1; b=2; c=3', 2), { code: 'TOO_MANY_COOKIES', status: 400 })
  })

  it('takes dangerous names for names', () => {
    assert.equal(Reflect.get(parseCookies('__proto__=x', 10), '__proto__'), 'x')
    assert.equal(parseCookies('a=1', 10).constructor, undefined)
  })
})

describe('CookieSigner', () => {
  const oldKey = 'o'.repeat(32)
  const newKey = 'n'.repeat(32)

  it('gives back what it signed', () => {
    const signer = new CookieSigner([newKey])
    assert.equal(signer.verify('session', signer.sign('session', 'ann.1')), 'ann.1')
  })

  it('accepts older keys and signs with the first', () => {
    const before = new CookieSigner([oldKey]).sign('session', 'ann')
    assert.equal(new CookieSigner([newKey, oldKey]).verify('session', before), 'ann')
    const after = new CookieSigner([newKey, oldKey]).sign('session', 'ann')
    assert.equal(new CookieSigner([oldKey]).verify('session', after), undefined)
  })

  const signed = new CookieSigner([newKey]).sign('session', 'ann')
  const forged = [
    { name: 'session', text: `bob${signed.slice(3)}`, why: 'the value was changed' },
    { name: 'admin', text: signed, why: 'it was signed for another name' },
    { name: 'session', text: `${signed.slice(0, -1)}_`, why: 'the signature was changed' },
    { name: 'session', text: 'ann', why: 'there is no signature' },
    { name: 'session', text: signed.slice(0, -1), why: 'the signature is cut' },
    { name: 'session', text: `ann.${'é'.repeat(43)}`, why: 'the signature has other characters' },
    { name: 'session', text: '', why: 'there is nothing' },
  ]
  for (const { name, text, why } of forged) {
    it(`does not believe '${text}' for ${name}: ${why}`, () => {
      assert.equal(new CookieSigner([newKey]).verify(name, text), undefined)
    })
  }

  it('refuses a short key', () => {
    assert.throws(() => new CookieSigner(['short']), { code: 'COOKIE_KEY_TOO_SHORT' })
  })
})
