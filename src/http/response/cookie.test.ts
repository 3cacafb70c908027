import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CookieSigner } from '../request/cookie-signer.ts'
import { parseCookies } from '../request/cookies.ts'
import { type CookieOptions, serializeCookie } from './cookie.ts'

const unsigned = { cookies: undefined }
const signer = new CookieSigner(['k'.repeat(32)])

describe('serializeCookie', () => {
  const rows: { value: string; options: CookieOptions; expected: string; why: string }[] = [
    { value: '1', options: {}, expected: 'id=1; Path=/; HttpOnly; SameSite=Lax', why: 'safe defaults' },
    {
      value: '1',
      options: { maxAgeS: 60, secure: true, sameSite: 'none', path: '/api', domain: 'shop.example', httpOnly: false },
      expected: 'id=1; Path=/api; Domain=shop.example; Max-Age=60; Secure; SameSite=None',
      why: 'every attribute where it was asked for',
    },
    { value: 'a b;c€', options: {}, expected: 'id=a%20b%3Bc%E2%82%AC; Path=/; HttpOnly; SameSite=Lax', why: 'encoded' },
    {
      value: '',
      options: { maxAgeS: 0, expires: new Date(0) },
      expected: 'id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
      why: 'deletes it',
    },
    {
      value: '1',
      options: { partitioned: true, secure: true },
      expected: 'id=1; Path=/; HttpOnly; Secure; Partitioned; SameSite=Lax',
      why: 'kept apart by site',
    },
  ]
  for (const { value, options, expected, why } of rows) {
    it(`writes ${expected}: ${why}`, () => assert.equal(serializeCookie('id', value, options, unsigned), expected))
  }

  const refused: { name: string; options: CookieOptions; why: string }[] = [
    { name: 'a b', options: {}, why: 'the name is no token' },
    { name: '', options: {}, why: 'the name is empty' },
    { name: 'id', options: { path: '/; Domain=evil.example' }, why: 'the path would add an attribute' },
    { name: 'id', options: { domain: 'a\r\nx: y' }, why: 'the domain would end the header' },
    { name: 'id', options: { sameSite: 'none' }, why: 'browsers drop it without Secure' },
    { name: 'id', options: { maxAgeS: 1.5 }, why: 'the age is not whole' },
    { name: '__Secure-id', options: {}, why: 'its name promises Secure' },
    { name: '__Host-id', options: { secure: true, path: '/api' }, why: 'its name promises Path=/' },
    { name: '__Host-id', options: { secure: true, domain: 'shop.example' }, why: 'its name promises no Domain' },
  ]
  for (const { name, options, why } of refused) {
    it(`refuses '${name}' with ${JSON.stringify(options)}: ${why}`, () => {
      assert.throws(() => serializeCookie(name, '1', options, unsigned), { code: 'BAD_COOKIE' })
    })
  }

  for (const value of ['plain', '100%', '%41', 'a b', 'ä;"', '']) {
    it(`is read back as it was written: '${value}'`, () => {
      const header = serializeCookie('id', value, {}, unsigned).split(';')[0]
      assert.equal(parseCookies(header, 1).id, value)
    })
    it(`is believed as it was signed: '${value}'`, () => {
      const header = serializeCookie('id', value, { signed: true }, { cookies: signer }).split(';')[0]
      assert.equal(signer.verify('id', parseCookies(header, 1).id ?? ''), value)
    })
  }

  it('does not sign without keys', () => {
    assert.throws(() => serializeCookie('id', '1', { signed: true }, unsigned), { code: 'COOKIE_KEYS_MISSING' })
  })
})
