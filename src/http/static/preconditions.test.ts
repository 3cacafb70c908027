import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluatePreconditions, rangeApplies, type Validators } from './preconditions.ts'

const lastModified = new Date('2026-11-20T10:00:00.500Z')
const sameSecond = 'Fri, 20 Nov 2026 10:00:00 GMT'
const before = 'Fri, 20 Nov 2026 09:59:59 GMT'
const after = 'Fri, 20 Nov 2026 10:00:01 GMT'
const strong: Validators = { etag: '"v1"', lastModified }
const weak: Validators = { etag: 'W/"v1"', lastModified }

function request(method: string, headers: Record<string, string>) {
  return { method, header: (name: string) => headers[name] }
}

describe('evaluatePreconditions', () => {
  const rows: {
    method?: string
    headers: Record<string, string>
    current?: Validators
    expected: 'proceed' | 304 | 412
    why: string
  }[] = [
    { headers: {}, expected: 'proceed', why: 'nothing is asked' },
    { headers: { 'if-none-match': '"v1"' }, expected: 304, why: 'the client has this one' },
    { headers: { 'if-none-match': '"v0", W/"v1"' }, expected: 304, why: 'the comparison is weak, the list any' },
    { headers: { 'if-none-match': '"v1"' }, current: weak, expected: 304, why: 'ours may be weak too' },
    { headers: { 'if-none-match': '"v0"' }, expected: 'proceed', why: 'the client has another one' },
    { headers: { 'if-none-match': '*' }, expected: 304, why: 'anything there is matches' },
    { method: 'PUT', headers: { 'if-none-match': '*' }, expected: 412, why: 'it was to be created' },
    { headers: { 'if-match': '"v1"' }, expected: 'proceed', why: 'it is the expected one' },
    { headers: { 'if-match': '"v0"' }, expected: 412, why: 'it is another one' },
    { headers: { 'if-match': 'W/"v1"' }, current: weak, expected: 412, why: 'a weak tag is no strong match' },
    { headers: { 'if-match': '*' }, expected: 'proceed', why: 'there is one' },
    { headers: { 'if-modified-since': sameSecond }, expected: 304, why: 'HTTP knows no fractions of a second' },
    { headers: { 'if-modified-since': before }, expected: 'proceed', why: 'it has changed since' },
    { headers: { 'if-modified-since': 'yesterday' }, expected: 'proceed', why: 'a malformed date is ignored' },
    { headers: { 'if-modified-since': '2027-01-01' }, expected: 'proceed', why: 'the date has another form' },
    { method: 'POST', headers: { 'if-modified-since': after }, expected: 'proceed', why: 'it is for GET and HEAD' },
    {
      headers: { 'if-none-match': '"v0"', 'if-modified-since': after },
      expected: 'proceed',
      why: 'where there is a tag, the date is not asked',
    },
    { headers: { 'if-unmodified-since': before }, expected: 412, why: 'it has changed since' },
    { headers: { 'if-unmodified-since': sameSecond }, expected: 'proceed', why: 'it has not' },
    {
      headers: { 'if-match': '"v1"', 'if-unmodified-since': before },
      expected: 'proceed',
      why: 'where there is a tag, the date is not asked',
    },
    { headers: { 'if-match': '"v0"', 'if-none-match': '"v1"' }, expected: 412, why: 'if-match comes first' },
    { headers: { 'if-none-match': '"v1"' }, current: {}, expected: 'proceed', why: 'ours has no tag' },
  ]
  for (const { method = 'GET', headers, current = strong, expected, why } of rows) {
    it(`${method} ${JSON.stringify(headers)} ▶ ${expected}: ${why}`, () => {
      assert.equal(evaluatePreconditions(request(method, headers), current), expected)
    })
  }
})

describe('rangeApplies', () => {
  const rows: { header: string | undefined; current: Validators; expected: boolean; why: string }[] = [
    { header: undefined, current: strong, expected: true, why: 'the range is unconditional' },
    { header: '"v1"', current: strong, expected: true, why: 'the client has a part of this one' },
    { header: '"v0"', current: strong, expected: false, why: 'the client has a part of another one' },
    { header: 'W/"v1"', current: weak, expected: false, why: 'a weak tag does not vouch for bytes' },
    { header: '"v1"', current: weak, expected: false, why: 'ours is weak' },
    { header: sameSecond, current: strong, expected: true, why: 'the date is exactly ours' },
    { header: after, current: strong, expected: false, why: 'a later date is another one' },
    { header: sameSecond, current: {}, expected: false, why: 'ours has no date' },
  ]
  for (const { header, current, expected, why } of rows) {
    it(`${header}: ${why}`, () => {
      assert.equal(rangeApplies(request('GET', header === undefined ? {} : { 'if-range': header }), current), expected)
    })
  }
})
