import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildPath, parsePathPattern } from './path-pattern.ts'

describe('a path pattern', () => {
  const readable: { text: string; parts: string[]; why: string }[] = [
    { text: '/', parts: ['/'], why: 'the root' },
    { text: '/users/:id', parts: ['/users/', ':id'], why: 'a parameter' },
    { text: '/users/:id/', parts: ['/users/', ':id', '/'], why: 'a trailing slash is part of the pattern' },
    { text: '/:a/:b', parts: ['/', ':a', '/', ':b'], why: 'parameters in a row' },
    { text: '/user_:name/about', parts: ['/user_', ':name', '/about'], why: 'text before a parameter' },
    { text: '/src/*path', parts: ['/src/', '*path'], why: 'a catch-all' },
    { text: '/*path', parts: ['/', '*path'], why: 'a catch-all of everything' },
    { text: '/time/12\\:30', parts: ['/time/12:30'], why: 'an escaped colon is text' },
    { text: '/v1\\:batch/:id', parts: ['/v1:batch/', ':id'], why: 'an escape does not hide what follows' },
    {
      text: '/:user-id/:großvater',
      parts: ['/', ':user-id', '/', ':großvater'],
      why: 'dashes and letters of any script',
    },
    { text: '//a', parts: ['//a'], why: 'slashes are not joined' },
  ]
  for (const { text, parts, why } of readable) {
    it(`reads ${text}: ${why}`, () => {
      const pattern = parsePathPattern(text)
      const shown = pattern.parts.map((part) => {
        if (part.kind === 'static') return part.text
        return part.kind === 'param' ? `:${part.name}` : `*${part.name}`
      })
      assert.deepEqual(shown, parts)
      assert.deepEqual(
        pattern.names,
        parts.filter((part) => /^[:*]/.test(part)).map((part) => part.slice(1)),
      )
    })
  }

  const refused: { text: string; at: number; says: RegExp }[] = [
    { text: '', at: 1, says: /begins with a slash/ },
    { text: 'users', at: 1, says: /begins with a slash/ },
    { text: '/users?all', at: 7, says: /no query/ },
    { text: '/a#b', at: 3, says: /fragment/ },
    { text: '/a\nb', at: 3, says: /control character/ },
    { text: '/:', at: 2, says: /needs a name/ },
    { text: '/:/x', at: 2, says: /needs a name/ },
    { text: '/files/*', at: 8, says: /needs a name/ },
    { text: '/:1st', at: 2, says: /needs a name/ },
    { text: '/:a:b', at: 4, says: /holds one parameter/ },
    { text: '/:a*b', at: 4, says: /holds one parameter/ },
    { text: '/:id.json', at: 5, says: /takes the rest/ },
    { text: '/:id?', at: 5, says: /no query/ },
    { text: '/:id(\\d+)', at: 5, says: /takes the rest/ },
    { text: '/non-leading-*rest', at: 14, says: /behind a slash/ },
    { text: '/*rest/more', at: 7, says: /ends the pattern/ },
    { text: '/:id/x/:id', at: 8, says: /used twice/ },
  ]
  for (const { text, at, says } of refused) {
    it(`refuses ${JSON.stringify(text)} and says where`, () => {
      assert.throws(() => parsePathPattern(text), { code: 'BAD_PATTERN', message: says })
      assert.throws(() => parsePathPattern(text), { message: new RegExp(`at character ${at}:`) })
    })
  }
})

describe('buildPath', () => {
  const built: { text: string; values: Record<string, string | number | bigint>; path: string; why: string }[] = [
    { text: '/users/:id', values: { id: 42 }, path: '/users/42', why: 'numbers are welcome' },
    { text: '/users/:id', values: { id: 2n ** 64n }, path: '/users/18446744073709551616', why: 'large ones too' },
    { text: '/users/:id', values: { id: 'a/b c' }, path: '/users/a%2Fb%20c', why: 'a slash in a value is not a slash' },
    { text: '/users/:id', values: { id: '..%2f?#' }, path: '/users/..%252f%3F%23', why: 'escapes are escaped' },
    { text: '/u_:n/x', values: { n: '..' }, path: '/u_../x', why: 'dots behind text are no dot segment' },
    { text: '/f/*p', values: { p: 'a/b c/d' }, path: '/f/a/b%20c/d', why: 'a catch-all keeps its slashes' },
    { text: '/f/*p', values: { p: '/a' }, path: '/f/a', why: 'as it was received, with a slash in front' },
    { text: '/f/*p', values: { p: '' }, path: '/f/', why: 'a catch-all may be empty' },
    { text: '/*p', values: { p: '//evil.example' }, path: '/evil.example', why: 'never another origin' },
    { text: '/α/12\\:30', values: {}, path: '/%CE%B1/12:30', why: 'static text is encoded where it must be' },
    { text: '/a%20b', values: {}, path: '/a%20b', why: 'what is escaped stays' },
    { text: '/:x', values: { x: '😀' }, path: '/%F0%9F%98%80', why: 'UTF-8' },
  ]
  for (const { text, values, path, why } of built) {
    it(`gives ${path} for ${text}: ${why}`, () => assert.equal(buildPath(parsePathPattern(text), values), path))
  }

  const refused: { text: string; values: Record<string, string | number>; says: RegExp }[] = [
    { text: '/users/:id', values: {}, says: /'id' is missing/ },
    { text: '/users/:toString', values: {}, says: /'toString' is missing/ },
    { text: '/users/:id', values: { id: '' }, says: /'id' is empty/ },
    { text: '/users/:id', values: { id: '.' }, says: /segment/ },
    { text: '/users/:id/x', values: { id: '..' }, says: /segment/ },
    { text: '/f/*p', values: { p: 'a/../../b' }, says: /segment/ },
    { text: '/users/:id', values: { id: Number.NaN }, says: /not finite/ },
    { text: '/users/:id', values: { id: '\ud800' }, says: /surrogate/ },
  ]
  for (const { text, values, says } of refused) {
    it(`refuses ${text} with ${JSON.stringify(values)}`, () => {
      assert.throws(() => buildPath(parsePathPattern(text), values), { code: 'BAD_PATH_PARAM', message: says })
    })
  }
})
