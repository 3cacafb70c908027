/** What may happen on the wire, one situation a row of the matrix in docs/reference/engines.md. */
import type { Exchange, ExchangeHandler } from '../../../src/wire/exchange.ts'
import { HeaderList } from '../../../src/wire/headers.ts'
import type { WireLimits } from '../../../src/wire/limits.ts'
import type { Heard } from './heard.ts'

export interface Situation {
  readonly name: string
  /** One character for each byte. */
  readonly bytes: string
  readonly halfCloses?: boolean
  readonly handler?: ExchangeHandler
  readonly limits?: Partial<WireLimits>
  readonly quietMs?: number
  /** What to tell of it; statuses and end by default. */
  readonly show?: (heard: Heard) => string
  /** Why the native engine does otherwise. */
  readonly note?: string
}

const none = new HeaderList()
const host = 'Host: a\r\n'
const get = (fields = '', target = '/'): string => `GET ${target} HTTP/1.1\r\n${host}${fields}\r\n`
const put = (fields: string, body: string): string => `PUT / HTTP/1.1\r\n${host}${fields}\r\n${body}`
const chunked = (chunks: string): string => put('Transfer-Encoding: chunked\r\n', chunks)

/** Tells what it was asked. */
export const echo: ExchangeHandler = async (exchange) => {
  const body = Buffer.from(await exchange.body.bytes()).toString('latin1')
  const { head, pathStart, pathEnd, queryStart, queryEnd } = exchange
  const text = Buffer.from(head).toString('latin1')
  const seen = {
    path: text.slice(pathStart, pathEnd),
    query: text.slice(queryStart, queryEnd),
    version: exchange.httpVersion,
    authority: exchange.authority,
    tags: exchange.headerPairs().filter((_, at, pairs) => pairs[at - (at % 2)] === 'x-tag'),
    body,
    trailer: exchange.trailer('x-trailer'),
  }
  exchange.respond(200, none, JSON.stringify(seen))
}

const answering = (answer: (exchange: Exchange) => unknown): ExchangeHandler => {
  return (exchange) => {
    answer(exchange)
  }
}

const late: ExchangeHandler = async (exchange) => {
  await pause()
  exchange.respond(200, none, 'late')
}

const streaming = (length?: number): ExchangeHandler => {
  return async (exchange) => {
    const sink = exchange.start(200, none, length)
    for (const piece of ['abc', 'def']) {
      await sink.write(piece)
      await pause()
    }
    sink.end(HeaderList.from([['x-trailer', 't']]))
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30))
}

// What to tell.

export function outcome({ statuses, end }: Heard): string {
  const said = statuses.length === 0 ? 'nothing' : statuses.join(', ')
  return end === 'open' ? said : `${said}; ${end}`
}

/** One thing that the echo tells, if it was reached. */
const seen =
  (name: string) =>
  (heard: Heard): string => {
    const json = /\{.*\}/s.exec(Buffer.from(heard.text, 'latin1').toString())?.[0]
    if (!heard.statuses.includes(200) || json === undefined) return outcome(heard)
    return `\`${JSON.stringify((JSON.parse(json) as Record<string, unknown>)[name])}\``
  }

/** The fields of these names, as they stand in the answer. */
const fields =
  (...names: string[]) =>
  ({ text }: Heard): string => {
    const lines = (text.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1)
    const wanted = lines.filter((line) => names.includes((line.split(':')[0] ?? '').toLowerCase()))
    if (wanted.length === 0) return 'none'
    // Whatever the case of a name, it is the same name.
    return wanted.map((line) => `\`${line.replace(/^[^:]+/, (name) => name.toLowerCase())}\``).join(', ')
  }

const framing = (heard: Heard): string => {
  const told = fields('content-length', 'transfer-encoding')(heard)
  return heard.end === 'open' ? told : `${told}; ${heard.end}`
}

export const situations: Readonly<Record<string, readonly Situation[]>> = {
  'The request line': [
    { name: '`GET / HTTP/1.1`', bytes: get() },
    { name: 'HTTP/1.0 without `Host`', bytes: 'GET / HTTP/1.0\r\n\r\n', note: 'Bun does not tell the version' },
    {
      name: 'HTTP/1.0 with `Host`',
      bytes: `GET / HTTP/1.0\r\n${host}\r\n`,
      show: seen('version'),
      note: 'Bun does not tell the version',
    },
    {
      name: 'HTTP/1.0 with `Connection: keep-alive`',
      bytes: `GET / HTTP/1.0\r\n${host}Connection: keep-alive\r\n\r\n`,
      note: 'Bun does not keep such connections',
    },
    { name: 'HTTP/1.2', bytes: `GET / HTTP/1.2\r\n${host}\r\n`, note: 'the runtimes know 1.0 and 1.1' },
    { name: 'HTTP/2.0', bytes: `GET / HTTP/2.0\r\n${host}\r\n` },
    { name: 'HTTP/0.9: no version', bytes: 'GET /\r\n\r\n', note: 'the runtimes read it as an older version' },
    { name: 'no request at all', bytes: 'hello there\r\n\r\n' },
    { name: 'an empty line before the request', bytes: `\r\n${get()}`, note: 'RFC 9112 2.2 says SHOULD; Bun does not' },
    { name: 'LF alone before the request', bytes: `\n${get()}`, note: 'Node.js skips it' },
    { name: 'CR alone before the request', bytes: `\r${get()}`, note: 'Node.js skips it' },
    {
      name: 'two spaces between method and target',
      bytes: `GET  / HTTP/1.1\r\n${host}\r\n`,
      note: 'Node.js skips them before it tells us',
    },
    {
      name: 'two spaces between target and version',
      bytes: `GET /  HTTP/1.1\r\n${host}\r\n`,
      note: 'Node.js skips them before it tells us',
    },
    { name: 'a registered method, `PROPFIND`', bytes: `PROPFIND / HTTP/1.1\r\n${host}\r\n` },
    {
      name: 'a method that nobody registered, `BREW`',
      bytes: `BREW / HTTP/1.1\r\n${host}\r\n`,
      note: 'the runtimes know a list of methods',
    },
    {
      name: 'a method in lower case',
      bytes: `get / HTTP/1.1\r\n${host}\r\n`,
      note: 'the runtimes know a list of methods',
    },
    { name: '`CONNECT a:80`', bytes: `CONNECT a:80 HTTP/1.1\r\n${host}\r\n` },
    {
      name: '`OPTIONS *`',
      bytes: `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
      show: seen('path'),
      note: 'Bun knows no such form',
    },
    { name: '`GET *`', bytes: get('', '*') },
    {
      name: 'absolute-form: the authority',
      bytes: get('', 'http://b:1/p?q'),
      show: seen('authority'),
      note: 'Bun takes the host from `Host`, against RFC 9112 3.2.2',
    },
    { name: 'absolute-form: the path', bytes: get('', 'http://b:1/p?q'), show: seen('path') },
    { name: 'dot segments', bytes: get('', '/a/../b/./c'), show: seen('path'), note: 'Bun parses the URL before us' },
    {
      name: 'encoded dot segments',
      bytes: get('', '/a/%2e%2e/b'),
      show: seen('path'),
      note: 'Bun parses the URL before us',
    },
    { name: 'doubled slashes', bytes: get('', '//a//b'), show: seen('path') },
    { name: 'escapes in the path', bytes: get('', '/%41%2f%C3%A9'), show: seen('path') },
    {
      name: 'a backslash in the path',
      bytes: get('', '/a\\b'),
      show: seen('path'),
      note: 'Bun parses the URL before us',
    },
    {
      name: 'braces and quotes in the path',
      bytes: get('', '/{a}"'),
      show: seen('path'),
      note: 'Bun parses the URL before us',
    },
    {
      name: 'brackets and quotes in the query',
      bytes: get('', '/?a[]="b"'),
      show: seen('query'),
      note: 'Bun parses the URL before us',
    },
    { name: 'a fragment', bytes: get('', '/a#b') },
    { name: 'bytes beyond ASCII in the path', bytes: get('', '/\xc3\xa9'), note: 'Bun escapes them, or puts U+FFFD' },
    { name: 'a target beyond 8 KiB', bytes: get('', `/${'a'.repeat(8192)}`) },
    { name: 'a target beyond 32 KiB', bytes: get('', `/${'a'.repeat(33_000)}`), note: 'refused with the head' },
  ],
  'The fields': [
    { name: 'no `Host`', bytes: 'GET / HTTP/1.1\r\n\r\n' },
    { name: 'an empty `Host`', bytes: 'GET / HTTP/1.1\r\nHost:\r\n\r\n' },
    { name: 'two `Host`', bytes: get('Host: b\r\n') },
    { name: 'a `Host` that is none', bytes: 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n' },
    {
      name: 'two fields of one name',
      bytes: get('X-Tag: 1\r\nx-tag: 2\r\n'),
      show: seen('tags'),
      note: 'Bun joins them',
    },
    { name: 'bytes beyond ASCII in a value', bytes: get('X-Tag: \xe9\r\n'), show: seen('tags') },
    { name: 'an empty value', bytes: get('X-Tag:\r\n'), show: seen('tags') },
    { name: 'space before the colon', bytes: get('X-Tag : 1\r\n') },
    { name: 'a folded line', bytes: get('X-Tag: 1\r\n 2\r\n') },
    { name: 'a line ended by LF alone', bytes: `GET / HTTP/1.1\r\nHost: a\nX-Tag: 1\r\n\r\n` },
    {
      name: 'all lines ended by LF alone',
      bytes: 'GET / HTTP/1.1\nHost: a\n\n',
      note: 'Bun looks for the version first',
    },
    { name: 'CR inside of a value', bytes: get('X-Tag: a\rb\r\n') },
    { name: 'NUL inside of a value', bytes: get('X-Tag: a\0b\r\n') },
    { name: 'a name that is no token', bytes: get('X@Tag: 1\r\n') },
    { name: 'an empty name', bytes: get(': 1\r\n') },
    { name: '100 fields', bytes: get(manyFields(99)) },
    { name: '101 fields', bytes: get(manyFields(100)) },
    { name: '101 fields of one name', bytes: get('X-Tag: 1\r\n'.repeat(100)), note: 'joined, they are one' },
    { name: 'a head beyond 16 KiB', bytes: get(`X-Tag: ${'a'.repeat(16_400)}\r\n`) },
    { name: 'a head beyond 64 KiB', bytes: get(`X-Tag: ${'a'.repeat(66_000)}\r\n`) },
    { name: '`Expect` of something else', bytes: put('Expect: wonders\r\nContent-Length: 1\r\n', 'x') },
    {
      name: '`Upgrade` to something that is not spoken',
      bytes: get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    },
    {
      name: '`Upgrade: websocket` that nobody takes',
      bytes: get('Connection: Upgrade\r\nUpgrade: websocket\r\n'),
      note: 'Node.js gives the connection up for it',
    },
  ],
  'The body': [
    { name: '`Content-Length`', bytes: put('Content-Length: 3\r\n', 'abc'), show: seen('body') },
    {
      name: '`Content-Length` of GET',
      bytes: `${get('Content-Length: 3\r\n')}abc`,
      show: seen('body'),
      note: 'Bun does not hand it out',
    },
    { name: '`Content-Length` twice, the same', bytes: put('Content-Length: 3\r\n'.repeat(2), 'abc') },
    { name: '`Content-Length` twice, different', bytes: put('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd') },
    {
      name: '`Content-Length` with forty zeros',
      bytes: put(`Content-Length: ${'0'.repeat(40)}3\r\n`, 'abc'),
      show: seen('body'),
      note: 'Bun takes no more than a few digits',
    },
    { name: '`Content-Length: 3, 3`', bytes: put('Content-Length: 3, 3\r\n', 'abc') },
    { name: '`Content-Length: +3`', bytes: put('Content-Length: +3\r\n', 'abc') },
    { name: '`Content-Length: -1`', bytes: put('Content-Length: -1\r\n', '') },
    {
      name: '`Content-Length` of 20 digits',
      bytes: put(`Content-Length: ${'9'.repeat(20)}\r\n`, ''),
      note: 'the runtimes call it malformed',
    },
    {
      name: '`Content-Length` and `Transfer-Encoding`',
      bytes: put('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    },
    { name: 'chunks', bytes: chunked('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'), show: seen('body') },
    { name: 'a chunk extension', bytes: chunked('3;a="b"\r\nabc\r\n0\r\n\r\n'), show: seen('body') },
    {
      name: 'a quoted chunk extension with a space',
      bytes: chunked('3;a="b c"\r\nabc\r\n0\r\n\r\n'),
      show: seen('body'),
      note: 'Bun does not read them',
    },
    {
      name: 'space inside of a chunk extension',
      bytes: chunked('3;a =b\r\nabc\r\n0\r\n\r\n'),
      show: seen('body'),
      note: 'RFC 9112 7.1.1 lets it stand there',
    },
    {
      name: 'a chunk extension that is none',
      bytes: chunked('3;;a=0"b c"\r\nabc\r\n0\r\n\r\n'),
      note: 'the runtimes do not read them closely',
    },
    {
      name: 'a last chunk that does not end in CRLF',
      bytes: chunked('3\r\nabc\r\n0\r\nXX'),
      note: 'Bun skips two bytes, whatever they are',
    },
    {
      name: 'a chunk size of 18 digits',
      bytes: chunked('000000000000000003\r\nabc\r\n0\r\n\r\n'),
      note: 'the runtimes count on',
    },
    {
      name: '`Content-Length` behind the chunks',
      bytes: chunked('3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n'),
      show: seen('body'),
      note: 'Node.js refuses it as a second framing',
    },
    {
      name: 'a chunk extension without a value',
      bytes: chunked('3;a=\r\nabc\r\n0\r\n\r\n'),
      note: 'Bun does not read them',
    },
    {
      name: 'a chunk extension beyond ASCII',
      bytes: chunked('3;\xfc\r\nabc\r\n0\r\n\r\n'),
      note: 'Bun does not read them',
    },
    { name: 'a chunk that does not end in CRLF', bytes: chunked('3\r\nabcXX0\r\n\r\n') },
    {
      name: 'trailers',
      bytes: chunked('3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n'),
      show: (heard) => `${seen('trailer')(heard)}; ${outcome(heard)}`,
      note: 'Bun takes them for the next request, and refuses that',
    },
    { name: 'a chunk size that is none', bytes: chunked('z\r\nabc\r\n0\r\n\r\n') },
    { name: 'a chunk size with `0x`', bytes: chunked('0x3\r\nabc\r\n0\r\n\r\n') },
    { name: 'a chunk size with space behind it', bytes: chunked('3 \r\nabc\r\n0\r\n\r\n') },
    { name: 'a chunk size ended by LF alone', bytes: chunked('3\nabc\r\n0\r\n\r\n') },
    { name: 'a chunk longer than its size', bytes: chunked('3\r\nabcd\r\n0\r\n\r\n') },
    {
      name: '`Transfer-Encoding: chunked` and a tab',
      bytes: put('Transfer-Encoding: chunked\t\r\n', '3\r\nabc\r\n0\r\n\r\n'),
      show: seen('body'),
      note: 'Node.js forgets that space may stand there',
    },
    {
      name: '`Transfer-Encoding: gzip, chunked`',
      bytes: put('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
      note: 'Bun refuses it before us',
    },
    {
      name: '`Transfer-Encoding: chunked, chunked`',
      bytes: put('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'),
    },
    { name: '`Transfer-Encoding: chunked, gzip`', bytes: put('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n') },
    { name: '`Transfer-Encoding: identity`', bytes: put('Transfer-Encoding: identity\r\n', '') },
    {
      name: '`Transfer-Encoding` in HTTP/1.0',
      bytes: `PUT / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    },
    {
      name: 'larger than allowed',
      bytes: put('Content-Length: 11\r\n', 'x'.repeat(11)),
      limits: { maxBodyBytes: 10 },
    },
    {
      name: 'larger than allowed, in chunks',
      bytes: chunked(`b\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`),
      limits: { maxBodyBytes: 10 },
    },
    {
      name: 'cut short by a half-close',
      bytes: put('Content-Length: 10\r\n', 'half'),
      halfCloses: true,
      note: 'Bun takes a half-close for a client that left',
    },
    { name: 'not complete in time', bytes: put('Content-Length: 10\r\n', 'half'), limits: { bodyTimeoutMs: 100 } },
    {
      name: '`Expect: 100-continue`, body read',
      bytes: put('Expect: 100-continue\r\nContent-Length: 3\r\n', 'abc'),
      note: 'the runtimes do not tell whether the body is there already',
    },
    {
      name: '`Expect: 100-continue`, body not read',
      bytes: put('Expect: 100-continue\r\nContent-Length: 3\r\n', ''),
      handler: answering((exchange) => exchange.respond(200, none, 'unread')),
      note: 'Bun sends 100 at once',
    },
    {
      name: 'not read, small; another request behind it',
      bytes: put('Content-Length: 3\r\n', 'abc') + get(),
      handler: answering((exchange) => exchange.respond(200, none)),
    },
  ],
  'The connection': [
    { name: '`Connection: close`', bytes: get('Connection: close\r\n') },
    {
      name: 'two requests at once',
      bytes: get() + get(),
      handler: answering((exchange) => exchange.respond(200, none)),
    },
    {
      name: 'two requests at once, answered later',
      bytes: get() + get(),
      handler: late,
      note: 'Bun closes the connection when bytes come before it has answered',
    },
    {
      name: 'bytes behind the last request',
      bytes: `${get('Connection: close\r\n')}more`,
    },
    {
      name: 'a half-close behind the request',
      bytes: get(),
      halfCloses: true,
      handler: answering((exchange) => exchange.respond(200, none)),
    },
    {
      name: 'a half-close behind the request, answered later',
      bytes: get(),
      halfCloses: true,
      handler: late,
      note: 'Bun takes a half-close for a client that left',
    },
    {
      name: 'a head that is not complete in time',
      bytes: 'GET / HT',
      limits: { headTimeoutMs: 100 },
      quietMs: 1200,
      note: 'Bun has a time of its own, ten seconds',
    },
    {
      name: 'nothing sent at all, for longer than `headTimeoutMs`',
      bytes: '',
      limits: { headTimeoutMs: 100 },
      quietMs: 1200,
      note: 'Node.js counts from the connection on',
    },
    {
      name: 'nothing sent after an answer, for longer than `idleTimeoutMs`',
      bytes: get(),
      limits: { idleTimeoutMs: 100 },
      quietMs: 2500,
      note: 'Bun counts in steps of four seconds',
    },
  ],
  'The answer': [
    {
      name: 'its fields',
      bytes: get(),
      handler: answering((exchange) => exchange.respond(200, none, 'x')),
      show: ({ text }) =>
        `\`${(text.split('\r\n\r\n')[0] ?? '')
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(':')[0])
          .join('`, `')}\``,
      note: 'the runtimes add fields, spell and order them as they like',
    },
    {
      name: 'two fields of one name',
      bytes: get(),
      handler: answering((exchange) =>
        exchange.respond(
          200,
          HeaderList.from([
            ['x-tag', '1'],
            ['x-tag', '2'],
          ]),
        ),
      ),
      show: fields('x-tag'),
      note: 'Bun joins them',
    },
    {
      name: 'two `set-cookie`',
      bytes: get(),
      handler: answering((exchange) =>
        exchange.respond(
          200,
          HeaderList.from([
            ['set-cookie', '1'],
            ['set-cookie', '2'],
          ]),
        ),
      ),
      show: fields('set-cookie'),
    },
    {
      name: 'a `content-type`',
      bytes: get(),
      handler: answering((exchange) => exchange.respond(200, HeaderList.from([['content-type', 'text/plain']]), 'x')),
      show: fields('content-type'),
      note: 'Bun spells some names its own way',
    },
    { name: 'no `content-type`', bytes: get(), handler: late, show: fields('content-type') },
    {
      name: 'a `date` of its own',
      bytes: get(),
      handler: answering((exchange) => exchange.respond(200, HeaderList.from([['date', 'then']]))),
      show: fields('date'),
      note: 'Bun spells some names its own way',
    },
    { name: 'HEAD', bytes: get().replace('GET', 'HEAD'), handler: late, show: framing },
    { name: '204', bytes: get(), handler: answering((exchange) => exchange.respond(204, none)), show: framing },
    { name: '205', bytes: get(), handler: answering((exchange) => exchange.respond(205, none)), show: framing },
    { name: '304', bytes: get(), handler: answering((exchange) => exchange.respond(304, none)), show: framing },
    {
      name: '499, its reason',
      bytes: get(),
      handler: answering((exchange) => exchange.respond(499, none)),
      show: reason,
      note: 'Bun has its own words',
    },
    {
      name: '599, its reason',
      bytes: get(),
      handler: answering((exchange) => exchange.respond(599, none)),
      show: reason,
      note: 'Bun has its own words',
    },
    {
      name: '600',
      bytes: get(),
      handler: answering((exchange) => exchange.respond(600, none)),
      note: 'Bun sends none above 599, and a handler that tries fails',
    },
    { name: 'in pieces', bytes: get(), handler: streaming(), show: framing },
    {
      name: 'in pieces, its length announced',
      bytes: get(),
      handler: streaming(6),
      show: framing,
      note: 'Bun sends what comes in pieces in chunks',
    },
    { name: 'in pieces, to HTTP/1.0', bytes: `GET / HTTP/1.0\r\n${host}\r\n`, handler: streaming(), show: framing },
    {
      name: 'in pieces that are there at once',
      bytes: get(),
      handler: answering((exchange) => {
        const sink = exchange.start(200, none)
        void sink.write('abc')
        sink.end()
      }),
      show: framing,
      note: 'Bun counts them together',
    },
    {
      name: 'its head, before the first piece',
      bytes: get(),
      handler: (exchange) => {
        exchange.start(200, none)
        return new Promise(() => {})
      },
      show: ({ text }) => (text.includes('\r\n\r\n') ? 'sent' : 'held back'),
      note: 'Bun sends it with the first piece',
    },
    {
      name: 'trailers',
      bytes: get(),
      handler: streaming(),
      show: ({ text }) => (text.includes('x-trailer: t') ? 'sent' : 'dropped'),
      note: 'Bun knows none',
    },
    {
      name: '103 with `link`',
      bytes: get(),
      handler: answering((exchange) => {
        exchange.informational(103, HeaderList.from([['link', '</a.css>; rel=preload']]))
        exchange.respond(200, none)
      }),
      note: 'Bun knows no interim answers',
    },
    {
      name: 'aborted before it',
      bytes: get(),
      handler: answering((exchange) => exchange.abort(new Error('aborted'))),
      show: (heard) =>
        `${heard.text === '' ? 'nothing' : `\`${heard.text.split('\r\n')[0]}\` and no more`}; ${heard.end}`,
      note: 'Bun can only break off what it has begun',
    },
    {
      name: 'aborted in the middle',
      bytes: get(),
      handler: async (exchange) => {
        const sink = exchange.start(200, none)
        await sink.write('abc')
        await pause()
        sink.abort(new Error('aborted'))
      },
    },
    { name: 'a handler that throws', bytes: get(), handler: () => Promise.reject(new Error('broken')) },
  ],
}

function manyFields(count: number): string {
  return Array.from({ length: count }, (_, index) => `x-${index}: 1\r\n`).join('')
}

function reason({ text }: Heard): string {
  return `\`${text.slice(0, text.indexOf('\r\n'))}\``
}
