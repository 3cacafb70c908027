/** Which row of the matrix in docs/reference/engines.md explains why the engines saw a request differently. */
import { runtimeName } from '../../src/platform/runtime.ts'
import type { Asked, Finding } from './differential.ts'

interface Difference {
  /** Group and name of the row. */
  readonly row: string
  readonly runtime?: 'node' | 'bun'
  explains(finding: Finding): boolean
}

/** Both runtimes know them. */
const commonMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])

const differences: readonly Difference[] = [
  {
    row: 'The request line: a method that nobody registered, `BREW`',
    explains: (finding) => isShort(finding) && !commonMethods.has(firstMissing(finding)?.method ?? 'GET'),
  },
  {
    row: 'The request line: two spaces between method and target',
    runtime: 'node',
    explains: ({ bytes }) => /(^|[\r\n])[!-~]+ {2,}\S/.test(bytes),
  },
  {
    row: 'The request line: two spaces between target and version',
    runtime: 'node',
    explains: ({ bytes }) => /(^|[\r\n])[!-~]+ \S+ {2,}HTTP/.test(bytes),
  },
  {
    row: 'The request line: LF alone before the request',
    runtime: 'node',
    explains: ({ bytes }) => /(^|\r\n\r\n)(\r\n)*(\n|\r[^\n])/.test(bytes),
  },
  {
    row: 'The request line: HTTP/1.2',
    explains: (finding) => isShort(finding) && /HTTP\/1\.[2-9]/.test(finding.bytes),
  },
  {
    row: 'The body: a chunk extension that is none',
    explains: (finding) => isLong(finding) && /\n[\da-f]+;/i.test(finding.bytes),
  },
  {
    row: 'The body: `Transfer-Encoding: chunked` and a tab',
    runtime: 'node',
    explains: (finding) => isShort(finding) && /chunked[ \t]*\t/i.test(finding.bytes),
  },
  {
    row: 'The body: `Content-Length` behind the chunks',
    runtime: 'node',
    explains: (finding) =>
      isShort(finding) && /\n0+(;[^\r\n]*)?\r\n.*(content-length|transfer-encoding):/is.test(finding.bytes),
  },
  {
    row: 'The body: `Content-Length` with forty zeros',
    runtime: 'bun',
    explains: (finding) => isShort(finding) && /content-length: *0{9}/i.test(finding.bytes),
  },
  {
    row: 'The body: space inside of a chunk extension',
    explains: (finding) => isShort(finding) && /\n[\da-f]+;[^\r\n]*[ \t]/i.test(finding.bytes),
  },
  {
    row: 'The body: a chunk size of 18 digits',
    explains: ({ bytes }) => /\n0*[\da-f]{17,}[\r;]/i.test(bytes),
  },

  // What Bun's URL parser and its Headers make of a request.
  {
    row: 'The request line: braces and quotes in the path',
    runtime: 'bun',
    explains: ({ sockets, native }) => isEqual(sockets.map(asBunWould), native.map(asBunWould)),
  },
  {
    row: 'The request line: bytes beyond ASCII in the path',
    runtime: 'bun',
    explains: ({ bytes }) => /(^|\n)\S+ [^\r\n]*[^\r\n -~][^\r\n]* HTTP/.test(bytes),
  },
  // What Bun's parser takes, or does not.
  {
    row: 'The request line: an empty line before the request',
    runtime: 'bun',
    explains: (finding) => isShort(finding) && /^\r\n/.test(finding.bytes),
  },
  {
    row: 'The request line: HTTP/1.0 without `Host`',
    runtime: 'bun',
    explains: ({ bytes }) => bytes.includes('HTTP/1.0'),
  },
  {
    row: 'The body: `Content-Length` of GET',
    runtime: 'bun',
    explains: (finding) => isShort(finding) && isGetWithBody(firstMissing(finding)),
  },
  {
    row: 'The body: a quoted chunk extension with a space',
    runtime: 'bun',
    explains: (finding) => isShort(finding) && /\n[\da-f]+;[^\r\n]*"/i.test(finding.bytes),
  },
  {
    row: 'The body: a last chunk that does not end in CRLF',
    runtime: 'bun',
    explains: (finding) => isLong(finding) && isChunked(finding),
  },
  {
    row: 'The body: trailers',
    runtime: 'bun',
    explains: (finding) => isShort(finding) && isChunked(finding) && /\n0+(;[^\r\n]*)?\r\n[^\r]/.test(finding.bytes),
  },
  {
    row: 'The connection: two requests at once, answered later',
    runtime: 'bun',
    explains: (finding) => isShort(finding) && finding.sockets.length > 1,
  },
]

export function documentedDifference(finding: Finding): string | undefined {
  const difference = differences.find(
    ({ runtime, explains }) => (runtime === undefined || runtime === runtimeName) && explains(finding),
  )
  return difference?.row
}

export const documentedRows: readonly string[] = differences.map(({ row }) => row)

/** The native engine took fewer requests, and the others alike. */
function isShort({ sockets, native }: Finding): boolean {
  return native.length < sockets.length && isEqual(native, sockets.slice(0, native.length))
}

/** The native engine took more requests, and the others alike. */
function isLong({ sockets, native }: Finding): boolean {
  return native.length > sockets.length && isEqual(sockets, native.slice(0, sockets.length))
}

function firstMissing({ sockets, native }: Finding): Asked | undefined {
  return sockets[native.length]
}

function isGetWithBody(asked: Asked | undefined): boolean {
  return asked !== undefined && (asked.method === 'GET' || asked.method === 'HEAD') && asked.body !== ''
}

function isChunked({ bytes }: Finding): boolean {
  return /chunked/i.test(bytes)
}

function isEqual(one: readonly Asked[], other: readonly Asked[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** The URL parsed; fields that are joined without the space behind an empty one. */
function asBunWould({ target, tags, ...asked }: Asked): Asked {
  const url = URL.parse(`http://host${target}`)
  return { ...asked, target: url === null ? target : url.pathname + url.search, tags: tags.replaceAll(/ ?, ?/g, ',') }
}
