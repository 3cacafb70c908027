import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { scanJson } from './internal/json-scan.ts'
import { defaultJsonLimits, type JsonLimits, parseJson } from './json.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function refusal(body: string | Uint8Array, limits?: Partial<JsonLimits>): { code: string; offset: unknown } {
  try {
    parseJson(body, { ...defaultJsonLimits, ...limits })
  } catch (error) {
    const { code, status, details } = error as { code: string; status: number; details?: { offset: number } }
    assert.equal(status, 400)
    return { code, offset: details?.offset }
  }
  return assert.fail('it was accepted')
}

describe('parseJson', () => {
  const broken: { text: string; offset: number; why: string }[] = [
    { text: '', offset: 0, why: 'an empty body is no value' },
    { text: '  ', offset: 2, why: 'nor is space' },
    { text: '{"a":1}x', offset: 7, why: 'nothing may follow' },
    { text: '{"a":1} {}', offset: 8, why: 'not even a second value' },
    { text: '{"a" 1}', offset: 5, why: 'no colon' },
    { text: '{a:1}', offset: 1, why: 'a bare name' },
    { text: '{"a":1,}', offset: 7, why: 'a trailing comma' },
    { text: '[1,]', offset: 3, why: 'in an array too' },
    { text: '[1 2]', offset: 3, why: 'no comma' },
    { text: '[1}', offset: 2, why: 'the wrong bracket' },
    { text: '[01]', offset: 2, why: 'a leading zero' },
    { text: '[1.]', offset: 3, why: 'no digit behind the point' },
    { text: '[-]', offset: 2, why: 'a lone sign' },
    { text: '[1e+]', offset: 4, why: 'no digit in the exponent' },
    { text: '[NaN]', offset: 1, why: 'JavaScript is not JSON' },
    { text: '[nul]', offset: 1, why: 'half a word' },
    { text: '"a', offset: 2, why: 'an open string' },
    { text: '"a\nb"', offset: 2, why: 'a raw line break' },
    { text: '"\\x41"', offset: 1, why: 'an unknown escape' },
    { text: '"\\u12g4"', offset: 1, why: 'three digits' },
    { text: '["é", x]', offset: 7, why: 'offsets count bytes' },
    { text: '\ufeff{', offset: 4, why: 'a byte order mark counts' },
    { text: `${'['.repeat(20)}`, offset: 20, why: 'brackets are open' },
  ]
  for (const { text, offset, why } of broken) {
    it(`finds what is wrong with ${JSON.stringify(text)}: ${why}`, () => {
      assert.deepEqual(refusal(bytesOf(text)), { code: 'BAD_JSON', offset })
      assert.deepEqual(refusal(text), { code: 'BAD_JSON', offset })
    })
  }

  it('never repeats the content in an error', () => {
    const thrown = (text: string) => {
      try {
        return parseJson(text)
      } catch (error) {
        return (error as Error).message
      }
    }
    assert.doesNotMatch(String(thrown('{"password":"secret"x')), /password|secret/)
    assert.doesNotMatch(String(thrown('secret')), /secret/)
  })

  const badUtf8: { bytes: number[]; offset: number; why: string }[] = [
    { bytes: [0x22, 0xff, 0x22], offset: 1, why: 'a byte that never occurs' },
    { bytes: [0x22, 0xc3], offset: 1, why: 'cut in a character' },
    { bytes: [0x22, 0xc0, 0xaf, 0x22], offset: 1, why: 'an overlong form' },
    { bytes: [0x22, 0xed, 0xa0, 0x80, 0x22], offset: 1, why: 'a surrogate' },
    { bytes: [0x22, 0xef, 0xbf, 0xbd, 0x80, 0x22], offset: 4, why: 'a sent U+FFFD is not the fault' },
    { bytes: [0x22, 0xf0, 0x9f, 0x98, 0x80, 0xfe], offset: 5, why: 'behind a character of four bytes' },
    { bytes: [0xff, 0xfe, 0x5b, 0x00], offset: 0, why: 'UTF-16' },
  ]
  for (const { bytes, offset, why } of badUtf8) {
    it(`refuses what is not UTF-8: ${why}`, () => {
      assert.deepEqual(refusal(Uint8Array.from(bytes)), { code: 'BAD_UTF8', offset })
    })
  }

  it('skips one byte order mark, as RFC 8259 allows', () => {
    assert.deepEqual(parseJson(bytesOf('\ufeff{}')), {})
    assert.equal(refusal(bytesOf('\ufeff\ufeff{}')).code, 'BAD_JSON')
  })

  const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`
  const names = (count: number) => `{${Array.from({ length: count }, (_, i) => `"n${i}":0`).join()}}`

  it('accepts 64 levels and refuses the 65th', () => {
    assert.doesNotThrow(() => parseJson(nested(64)))
    assert.deepEqual(refusal(nested(66)), { code: 'JSON_TOO_DEEP', offset: (64 / 2) * 6 })
    assert.equal(refusal('['.repeat(1_000_000)).code, 'JSON_TOO_DEEP')
  })

  it('counts depth and not brackets', () => {
    assert.equal((parseJson(`[${'[],'.repeat(500)}{}]`) as unknown[]).length, 501)
    assert.equal(parseJson(JSON.stringify('[{'.repeat(500))), '[{'.repeat(500))
  })

  it('accepts 1,000 names in an object and refuses the next', () => {
    assert.equal(Object.keys(parseJson(names(1_000)) as object).length, 1_000)
    assert.equal(refusal(names(1_001)).code, 'JSON_TOO_MANY_NAMES')
  })

  it('counts the names of each object on its own', () => {
    assert.equal((parseJson(`[${names(600)},${names(600)}]`) as unknown[]).length, 2)
  })

  it('takes the last of equal names unless told to refuse them', () => {
    const text = '{"a":1,"b":{"a":2},"\\u0061":3}'
    assert.deepEqual(parseJson(text), { a: 3, b: { a: 2 } })
    assert.deepEqual(refusal(text, { duplicateNames: 'refuse' }), { code: 'JSON_DUPLICATE_NAME', offset: 19 })
    assert.deepEqual(parseJson('{"a":{"a":[{"a":1},{"a":2}]}}', { ...defaultJsonLimits, duplicateNames: 'refuse' }), {
      a: { a: [{ a: 1 }, { a: 2 }] },
    })
  })

  const dangerous: { text: string; why: string }[] = [
    { text: '{"__proto__":{"admin":true}}', why: 'plainly' },
    { text: '[{"a":{"__proto__":null}}]', why: 'deep inside' },
    { text: '{"\\u005f_proto__":1}', why: 'with an escape' },
    { text: '{"constructor":{"prototype":{"admin":true}}}', why: 'by way of the constructor' },
    { text: '{"a":{"x":1,"constr\\u0075ctor":{"y":[], "protot\\u0079pe":1}}}', why: 'in disguise' },
  ]
  for (const { text, why } of dangerous) {
    it(`refuses names that poison prototypes: ${why}`, () => assert.equal(refusal(text).code, 'JSON_DANGEROUS_NAME'))
  }

  const harmless: { text: string; why: string }[] = [
    { text: '{"a":"__proto__"}', why: 'as a value' },
    { text: '{"a":"\\"__proto__\\":"}', why: 'inside a string' },
    { text: '{"prototype":1,"constructor":2}', why: 'on their own' },
    { text: '{"constructor":[{"prototype":1}]}', why: 'with an array between' },
    { text: '{"constructor":1,"a":{"prototype":1}}', why: 'beside one another' },
    { text: '{"constructor":{"a":{"prototype":1}}}', why: 'with an object between' },
  ]
  for (const { text, why } of harmless) {
    it(`accepts such words ${why}`, () => assert.deepEqual(parseJson(text), JSON.parse(text)))
  }

  it('agrees with JSON.parse about every value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.boolean(), (text, asBytes) => {
        fc.pre(!text.includes('__proto__'))
        assert.deepEqual(parseJson(asBytes ? bytesOf(text) : text), JSON.parse(text))
        scanJson(bytesOf(text), defaultJsonLimits)
      }),
      { numRuns: 500 },
    )
  })

  it('agrees with JSON.parse about what is JSON, however it is damaged', () => {
    const damaged = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...'{}[]",:\\0-eE.+ntf \n\u0000é'))
      .map(([text, at, character]) => {
        const place = at % (text.length + 1)
        return text.slice(0, place) + character + text.slice(place + (at % 2))
      })
    fc.assert(
      fc.property(damaged, (text) => {
        fc.pre(text.isWellFormed() && !text.includes('proto'))
        assert.equal(
          passes(() => scanJson(bytesOf(text), defaultJsonLimits)),
          passes(() => JSON.parse(text)),
        )
      }),
      { numRuns: 3_000 },
    )
  })
})

function passes(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
