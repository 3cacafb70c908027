import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultLimits } from '../limits.ts'
import { bytesOf } from '../scripted-socket.fixture.ts'
import { scanDone, scanMore, scanRefused } from './field-section.ts'
import { latin1 } from './octets.ts'
import { RequestHead } from './request-head.ts'

const limits = { ...defaultLimits, maxHeadBytes: 300, maxHeaders: 4, maxTargetBytes: 40 }

interface Outcome {
  /** `done`, `more`, or the code and status of the refusal. */
  result: string
  method?: string
  path?: string
  query?: string
  authority?: string
  version?: number
  body?: number | 'chunked'
  keepsAlive?: boolean
  rest?: string
}

/** Scans `text`, showing the scanner one more byte at each of `stops`, then everything. */
function scan(text: string, stops: readonly number[] = []): Outcome {
  const bytes = bytesOf(text)
  const head = new RequestHead(limits)
  head.reset(0)
  for (const available of [...stops, bytes.length]) {
    const outcome = head.scan(bytes, available)
    if (outcome === scanRefused) return { result: `${head.refusal?.code} ${head.refusal?.status}` }
    if (outcome === scanDone) return summary(head, bytes)
    assert.equal(outcome, scanMore)
  }
  return { result: 'more' }
}

function summary(head: RequestHead, bytes: Uint8Array): Outcome {
  const targetBytes = head.targetBytes ?? bytes
  return {
    result: 'done',
    method: head.method,
    path: latin1(targetBytes, head.pathStart, head.pathEnd),
    query: latin1(targetBytes, head.queryStart, head.queryEnd),
    authority: head.targetAuthority ?? head.fields.get(bytes, 'host') ?? '',
    version: head.minorVersion,
    body: head.isChunked ? 'chunked' : head.contentLength,
    keepsAlive: head.keepsAlive,
    rest: latin1(bytes, head.end, bytes.length),
  }
}

/** The same result however the bytes arrive: at once, byte by byte, and cut in two at every place. */
function assertEverySplit(text: string, expected: Outcome): void {
  const atOnce = scan(text)
  assert.deepEqual({ ...atOnce, ...expected }, atOnce)
  const everyByte = Array.from(text, (_, index) => index)
  assert.deepEqual(scan(text, everyByte), atOnce, 'byte by byte')
  for (const cut of everyByte) assert.deepEqual(scan(text, [cut]), atOnce, `cut at ${cut}`)
}

const host = 'Host: a\r\n'

const accepted: { why: string; text: string; expected: Partial<Outcome> }[] = [
  { why: 'the smallest request', text: `GET / HTTP/1.1\r\n${host}\r\n`, expected: { path: '/', query: '', body: 0 } },
  {
    why: 'path and query are told apart at the first question mark',
    text: `GET /a/b?c=d?e HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '/a/b', query: 'c=d?e', authority: 'a' },
  },
  {
    why: 'a question mark alone is an empty query',
    text: `GET /? HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '/', query: '' },
  },
  { why: 'two slashes are a path like any other', text: `GET //a HTTP/1.1\r\n${host}\r\n`, expected: { path: '//a' } },
  { why: 'an unknown method is a token', text: `M-SEARCH / HTTP/1.1\r\n${host}\r\n`, expected: { method: 'M-SEARCH' } },
  { why: 'methods are case-sensitive', text: `get / HTTP/1.1\r\n${host}\r\n`, expected: { method: 'get' } },
  { why: 'what follows the head is left', text: `GET / HTTP/1.1\r\n${host}\r\nGET`, expected: { rest: 'GET' } },
  {
    why: 'empty lines before a request are skipped',
    text: `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '/' },
  },
  { why: 'field names have no case', text: 'GET / HTTP/1.1\r\nhOsT:x\r\n\r\n', expected: { authority: 'x' } },
  {
    why: 'space around a value is not part of it',
    text: 'GET / HTTP/1.1\r\nHost: \t x\t \r\n\r\n',
    expected: { authority: 'x' },
  },
  { why: 'an empty Host is allowed', text: 'GET / HTTP/1.1\r\nHost:\r\n\r\n', expected: { authority: '' } },
  { why: 'a host with a port', text: 'GET / HTTP/1.1\r\nHost: a:8080\r\n\r\n', expected: { authority: 'a:8080' } },
  { why: 'an IPv6 host', text: 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', expected: { authority: '[::1]:80' } },
  {
    why: 'sub-delimiters may stand in a name',
    text: 'GET / HTTP/1.1\r\nHost: 0.0.0.0=5000\r\n\r\n',
    expected: { body: 0 },
  },
  {
    why: 'HTTP/1.0 needs no Host and closes',
    text: 'GET / HTTP/1.0\r\n\r\n',
    expected: { version: 0, keepsAlive: false },
  },
  {
    why: 'HTTP/1.0 keeps alive when asked to',
    text: 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    expected: { keepsAlive: true },
  },
  { why: 'a later minor version is read as ours', text: `GET / HTTP/1.7\r\n${host}\r\n`, expected: { version: 1 } },
  { why: 'HTTP/1.1 keeps alive', text: `GET / HTTP/1.1\r\n${host}\r\n`, expected: { keepsAlive: true } },
  {
    why: 'close is found in a list',
    text: `GET / HTTP/1.1\r\n${host}Connection: x , CLOSE\r\n\r\n`,
    expected: { keepsAlive: false },
  },
  {
    why: 'a length with zeroes in front',
    text: `PUT / HTTP/1.1\r\n${host}Content-Length: 003\r\n\r\n`,
    expected: { body: 3 },
  },
  {
    why: 'chunked has no case',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: , Chunked\r\n\r\n`,
    expected: { body: 'chunked' },
  },
  {
    why: 'absolute-form overrules Host',
    text: `GET http://b:81/p?q HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '/p', query: 'q', authority: 'b:81' },
  },
  {
    why: 'an absolute URI without path means /',
    text: `GET HTTPS://b HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '/', authority: 'b' },
  },
  {
    why: 'an absolute URI without path may have a query',
    text: `GET http://b?q=1 HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '/', query: 'q=1', authority: 'b' },
  },
  {
    why: 'OPTIONS on an absolute URI without path means the server',
    text: `OPTIONS http://b HTTP/1.1\r\n${host}\r\n`,
    expected: { path: '*' },
  },
  { why: 'OPTIONS * means the server', text: `OPTIONS * HTTP/1.1\r\n${host}\r\n`, expected: { path: '*', query: '' } },
  { why: 'obs-text may stand in a value', text: `GET / HTTP/1.1\r\n${host}X: \xff\r\n\r\n`, expected: { body: 0 } },
  {
    why: 'the target may be as long as the limit',
    text: `GET /${'a'.repeat(39)} HTTP/1.1\r\n${host}\r\n`,
    expected: { body: 0 },
  },
  {
    why: 'as many fields as the limit',
    text: `GET / HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(3)}\r\n`,
    expected: { body: 0 },
  },
  { why: 'a head as large as the limit', text: headOf(300), expected: { body: 0 } },
]

const refused: { why: string; text: string; result: string }[] = [
  { why: 'bare LF ends no line', text: `GET / HTTP/1.1\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'bare CR ends no line', text: `GET / HTTP/1.1\r${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'a bare LF before the request', text: `\nGET / HTTP/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'a bare CR before the request', text: `\rGET / HTTP/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'empty lines without end', text: '\r\n'.repeat(5), result: 'BAD_REQUEST_LINE 400' },
  { why: 'a space in front', text: ` GET / HTTP/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'two spaces', text: `GET  / HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'a tab is no space', text: `GET\t/ HTTP/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'space behind the version', text: `GET / HTTP/1.1 \r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'no version (HTTP/0.9)', text: 'GET /\r\n\r\n', result: 'BAD_TARGET 400' },
  { why: 'an empty version', text: 'GET / \r\n\r\n', result: 'BAD_REQUEST_LINE 400' },
  { why: 'a version in lower case', text: `GET / http/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'a version without minor', text: `GET / HTTP/1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'a version of three numbers', text: `GET / HTTP/1.1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'another protocol', text: `GET / ICE/1.0\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'HTTP/2 spoken as HTTP/1', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', result: 'VERSION_NOT_SUPPORTED 505' },
  {
    why: 'a version that does not exist, before the line ends',
    text: 'GET / HTTP/5.6',
    result: 'BAD_REQUEST_LINE 400',
  },
  { why: 'HTTP/0.9 that says so', text: 'GET / HTTP/0.9\r\n', result: 'VERSION_NOT_SUPPORTED 505' },
  { why: 'a method of RTSP', text: `PLAY / HTTP/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  { why: 'a method that is no token', text: `G@T / HTTP/1.1\r\n${host}\r\n`, result: 'BAD_REQUEST_LINE 400' },
  {
    why: 'a method longer than any',
    text: `${'A'.repeat(33)} / HTTP/1.1\r\n${host}\r\n`,
    result: 'METHOD_NOT_IMPLEMENTED 501',
  },
  {
    why: 'CONNECT is for proxies',
    text: `CONNECT a:443 HTTP/1.1\r\n${host}\r\n`,
    result: 'BAD_TARGET 400',
  },
  { why: 'a fragment is never sent', text: `GET /a#b HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'UTF-8 in the target', text: `GET /\xce\xb4 HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'NUL in the target', text: `GET /\0 HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'a target that is no path', text: `GET a HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'another scheme', text: `GET ftp://a/ HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'user information', text: `GET http://u:p@a/ HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: 'an absolute URI without host', text: `GET http:///p HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  {
    why: 'an absolute URI with only a port',
    text: `GET http://:80/ HTTP/1.1\r\n${host}\r\n`,
    result: 'BAD_TARGET 400',
  },
  { why: '* is no resource', text: `GET * HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  { why: '* and more', text: `OPTIONS *a HTTP/1.1\r\n${host}\r\n`, result: 'BAD_TARGET 400' },
  {
    why: 'a target beyond the limit',
    text: `GET /${'a'.repeat(40)} HTTP/1.1\r\n${host}\r\n`,
    result: 'TARGET_TOO_LONG 414',
  },
  { why: 'a target without end', text: `GET /${'a'.repeat(60)}`, result: 'TARGET_TOO_LONG 414' },
  { why: 'space before the first field', text: `GET / HTTP/1.1\r\n ${host}\r\n`, result: 'BAD_FIELD 400' },
  { why: 'a folded line', text: `GET / HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'a folded line by tab', text: `GET / HTTP/1.1\r\n${host}A: b\r\n\tc\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'space before the colon', text: 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', result: 'BAD_FIELD 400' },
  { why: 'no colon', text: `GET / HTTP/1.1\r\n${host}a\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'no name', text: `GET / HTTP/1.1\r\n${host}: b\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'a name that is no token', text: `GET / HTTP/1.1\r\n${host}a[]: b\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'NUL in a value', text: `GET / HTTP/1.1\r\n${host}A: \0\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'DEL in a value', text: `GET / HTTP/1.1\r\n${host}A: \x7f\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'a bell in a value', text: `GET / HTTP/1.1\r\n${host}A: \x07\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'bare CR in a value', text: `GET / HTTP/1.1\r\n${host}A: b\rc: d\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'bare LF in a value', text: `GET / HTTP/1.1\r\n${host}A: b\nc: d\r\n\r\n`, result: 'BAD_FIELD 400' },
  { why: 'CR instead of the last empty line', text: `GET / HTTP/1.1\r\n${host}\rGET`, result: 'BAD_FIELD 400' },
  { why: 'no Host', text: 'GET / HTTP/1.1\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'two Hosts, though equal', text: `GET / HTTP/1.1\r\n${host}${host}\r\n`, result: 'BAD_HOST 400' },
  { why: 'two Hosts in HTTP/1.0', text: `GET / HTTP/1.0\r\n${host}${host}\r\n`, result: 'BAD_HOST 400' },
  { why: 'a Host with a path', text: 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'a Host with a user', text: 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'a Host with a space', text: 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'a Host with half an escape', text: 'GET / HTTP/1.1\r\nHost: a%2\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'a port that is no number', text: 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'a port beyond 65535', text: 'GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n', result: 'BAD_HOST 400' },
  { why: 'an open bracket', text: 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n', result: 'BAD_HOST 400' },
  {
    why: 'a negative length',
    text: `PUT / HTTP/1.1\r\n${host}Content-Length: -1\r\n`,
    result: 'BAD_CONTENT_LENGTH 400',
  },
  { why: 'a signed length', text: `PUT / HTTP/1.1\r\n${host}Content-Length: +1\r\n`, result: 'BAD_CONTENT_LENGTH 400' },
  {
    why: 'a hexadecimal length',
    text: `PUT / HTTP/1.1\r\n${host}Content-Length: 0x1\r\n`,
    result: 'BAD_CONTENT_LENGTH 400',
  },
  { why: 'an empty length', text: `PUT / HTTP/1.1\r\n${host}Content-Length:\r\n`, result: 'BAD_CONTENT_LENGTH 400' },
  {
    why: 'a list of lengths',
    text: `PUT / HTTP/1.1\r\n${host}Content-Length: 1, 1\r\n`,
    result: 'BAD_CONTENT_LENGTH 400',
  },
  {
    why: 'two lengths',
    text: `PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n`,
    result: 'BAD_CONTENT_LENGTH 400',
  },
  {
    why: 'the same length twice',
    text: `PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n`,
    result: 'BAD_CONTENT_LENGTH 400',
  },
  {
    why: 'a length beyond numbers',
    text: `PUT / HTTP/1.1\r\nContent-Length: ${'9'.repeat(22)}\r\n`,
    result: 'BODY_TOO_LARGE 413',
  },
  {
    why: 'length and chunked together',
    text: `PUT / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'length and an empty coding together',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding:\r\nContent-Length: 1\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'chunked in HTTP/1.0',
    text: `PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'an unknown coding',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: pigeons\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'nearly chunked',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunkedchunked\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'chunked with a parameter',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunked;a=b\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'chunked not last',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, gzip\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'chunked not last, in two fields',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'chunked twice',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, chunked\r\n\r\n`,
    result: 'BAD_TRANSFER_ENCODING 400',
  },
  {
    why: 'a coding nobody implements, properly framed',
    text: `PUT / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    result: 'TRANSFER_CODING_NOT_IMPLEMENTED 501',
  },
  {
    why: 'one field too many',
    text: `GET / HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(4)}\r\n`,
    result: 'HEAD_TOO_LARGE 431',
  },
  { why: 'one byte too many', text: headOf(301), result: 'HEAD_TOO_LARGE 431' },
  { why: 'a value without end', text: `GET / HTTP/1.1\r\n${host}A: ${'b'.repeat(400)}`, result: 'HEAD_TOO_LARGE 431' },
]

/** A valid request whose head is exactly so many bytes. */
function headOf(size: number): string {
  const frame = `GET / HTTP/1.1\r\n${host}A: \r\n\r\n`
  return frame.replace('A: ', `A: ${'b'.repeat(size - frame.length)}`)
}

describe('a request head is accepted', () => {
  for (const { why, text, expected } of accepted) {
    it(why, () => assertEverySplit(text, { result: 'done', ...expected }))
  }
})

describe('a request head is refused', () => {
  for (const { why, text, result } of refused) it(why, () => assertEverySplit(text, { result }))
})

describe('a request head', () => {
  it('is waited for as long as nothing is wrong with it', () => {
    const text = `POST /a?b HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\n`
    for (let end = 0; end < text.length; end++) assertEverySplit(text.slice(0, end), { result: 'more' })
  })

  it('gives the fields of one name joined, cookies by semicolon', () => {
    const bytes = bytesOf(`GET / HTTP/1.1\r\n${host}Cookie: a=1\r\nA: \r\nCOOKIE: b=2\r\n\r\n`)
    const head = new RequestHead(limits)
    head.reset(0)
    assert.equal(head.scan(bytes, bytes.length), scanDone)
    assert.equal(head.fields.get(bytes, 'cookie'), 'a=1; b=2')
    assert.equal(head.fields.get(bytes, 'a'), '')
    assert.equal(head.fields.get(bytes, 'b'), undefined)
    assert.deepEqual(head.fields.pairs(bytes), ['host', 'a', 'cookie', 'a=1', 'a', '', 'cookie', 'b=2'])
  })

  it('tells names apart that differ only where upper and lower case do', () => {
    const bytes = bytesOf(`GET / HTTP/1.1\r\n${host}x^: 1\r\n__proto__: 2\r\n\r\n`)
    const head = new RequestHead(limits)
    head.reset(0)
    head.scan(bytes, bytes.length)
    assert.equal(head.fields.get(bytes, 'x~'), undefined)
    assert.equal(head.fields.get(bytes, '__proto__'), '2')
    assert.equal(head.fields.get(bytes, 'constructor'), undefined)
  })

  it('follows its bytes when they move', () => {
    const text = `GET http://b?q HTTP/1.1\r\n${host}A: b\r\n\r\n`
    for (let cut = 0; cut < text.length; cut++) {
      const head = new RequestHead(limits)
      head.reset(7)
      const before = bytesOf(`.......${text}`)
      head.scan(before, 7 + cut)
      head.shift(-7)
      const after = bytesOf(text)
      assert.equal(head.scan(after, after.length), scanDone)
      assert.deepEqual(summary(head, after), scan(text))
    }
  })

  it('is read by the same object again without a trace of the one before', () => {
    const head = new RequestHead(limits)
    const first = bytesOf(`PUT /a?b HTTP/1.0\r\n${host}Connection: close\r\nContent-Length: 5\r\nExpect: x\r\n\r\n`)
    head.reset(0)
    assert.equal(head.scan(first, first.length), scanDone)
    const text = `GET / HTTP/1.1\r\n${host}\r\n`
    head.reset(0)
    assert.equal(head.scan(bytesOf(text), text.length), scanDone)
    assert.deepEqual(summary(head, bytesOf(text)), scan(text))
    assert.equal(head.hasUnknownExpectation, false)
  })
})
