/**
 * A file as an answer.
 *
 *   path ─▶ what is there? ─▶ validators ─▶ preconditions ─▶ range ─▶ pieces, read as the client takes them
 *              └─nothing: 404       304, 412 ◀─┘          └─▶ 416
 *
 * The file is opened when its first piece is wanted: HEAD, 304 and an answer that a layer replaces open nothing.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { type PathFacts, pathFacts } from '../../platform/files.ts'
import { type FileRange, openFile } from '../../platform/open-file.ts'
import type { HttpContext } from '../context.ts'
import { preferredEncoding } from '../negotiation/accept.ts'
import { addVary } from '../negotiation/vary.ts'
import type { Reply, ReplyBody } from '../reply.ts'
import { type ByteRange, decideRange } from './byte-range.ts'
import { contentDisposition } from './content-disposition.ts'
import { mediaTypeOf } from './media-types.ts'
import { evaluatePreconditions, rangeApplies } from './preconditions.ts'

export interface FileOptions {
  /** Default: by the extension of the name. */
  contentType?: string
  /** Value of `cache-control`. Default `no-cache`: kept, but asked for again, which the ETag makes cheap. */
  cacheControl?: string
  /** Makes browsers save it: under this name, or with `true` under its own. Default: shown. */
  download?: string | true
  /**
   * Codings of which a compressed file may lie beside, as `site.css.br` beside `site.css`; the client's choice is sent.
   * Default none.
   */
  precompressed?: readonly PrecompressedEncoding[]
}

export type PrecompressedEncoding = 'br' | 'zstd' | 'gzip'

const extensions: Readonly<Record<PrecompressedEncoding, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' }

/**
 * Records the file at `path`. The path is believed: whoever has it from a client checks it first, as `staticFolder` does.
 *
 * @throws ServiceError `NOT_FOUND` (404) if there is no such file, `PRECONDITION_FAILED` (412), `RANGE_NOT_SATISFIABLE` (416).
 */
export async function recordFile(c: HttpContext, path: string, options: FileOptions = {}): Promise<Reply> {
  const facts = await pathFacts(path)
  if (facts?.kind !== 'file') throw notFound(c)
  const chosen = await chooseVariant(c, { path, facts }, options.precompressed ?? [])
  describe(c, path, chosen, options)
  return evaluate(c, chosen)
}

/** The file that is sent: itself, or a compressed one that stands for it. */
interface Variant {
  readonly path: string
  readonly facts: PathFacts
  readonly encoding?: PrecompressedEncoding
}

async function chooseVariant(
  c: HttpContext,
  plain: Variant,
  encodings: readonly PrecompressedEncoding[],
): Promise<Variant> {
  if (encodings.length === 0) return plain
  addVary(c.reply.headers, 'accept-encoding')
  let left = encodings
  for (;;) {
    const encoding = preferredEncoding(c.raw.header('accept-encoding'), left)
    if (encoding === undefined) return plain
    const path = plain.path + extensions[encoding]
    const facts = await pathFacts(path)
    // One that is older than the file was made from another content.
    if (facts?.kind === 'file' && facts.modifiedMs >= plain.facts.modifiedMs) return { path, facts, encoding }
    left = left.filter((other) => other !== encoding)
  }
}

function describe(c: HttpContext, name: string, { facts, encoding }: Variant, options: FileOptions): void {
  const { headers } = c.reply
  headers.set('content-type', options.contentType ?? mediaTypeOf(name))
  headers.set('last-modified', new Date(facts.modifiedMs).toUTCString())
  headers.set('etag', etagOf(facts))
  headers.set('accept-ranges', 'bytes')
  if (!headers.has('cache-control')) headers.set('cache-control', options.cacheControl ?? 'no-cache')
  if (encoding !== undefined) headers.set('content-encoding', encoding)
  if (options.download === undefined) return
  headers.set('content-disposition', contentDisposition(options.download === true ? baseName(name) : options.download))
}

async function evaluate(c: HttpContext, { path, facts }: Variant): Promise<Reply> {
  const { reply } = c
  const request = { method: c.method, header: (name: string) => c.raw.header(name) }
  const validators = { etag: etagOf(facts), lastModified: new Date(facts.modifiedMs) }
  const decision = evaluatePreconditions(request, validators)
  if (decision === 412) throw preconditionFailed()
  if (decision === 304) return c.noContent(304)

  // RFC 9110 section 14.2: ranges are for GET alone.
  const asksRange = c.method === 'GET' && rangeApplies(request, validators)
  const range = decideRange(asksRange ? c.raw.header('range') : undefined, facts.size)
  if (range === 'unsatisfiable') throw unsatisfiable(reply, facts.size)
  reply.status = range === 'all' ? 200 : 206
  if (range === 'all') reply.body = await bodyOf(c, path, facts, { start: 0, end: facts.size })
  else {
    reply.headers.set('content-range', `bytes ${range.start}-${range.end - 1}/${facts.size}`)
    reply.body = await bodyOf(c, path, facts, range)
  }
  return reply
}

/** Up to this size a file is read at once and sent in one piece. */
const maxWholeBytes = 64 * 1024

async function bodyOf(c: HttpContext, path: string, facts: PathFacts, range: ByteRange): Promise<ReplyBody> {
  const length = range.end - range.start
  const isSmall = length <= maxWholeBytes && c.method !== 'HEAD'
  if (!isSmall) return { kind: 'stream', source: readRange(path, facts, range), contentType: undefined, length }
  const pieces: Uint8Array[] = []
  for await (const piece of readRange(path, facts, { ...range, pieceBytes: maxWholeBytes })) pieces.push(piece)
  return { kind: 'bytes', bytes: pieces[0] ?? new Uint8Array(0), contentType: undefined }
}

async function* readRange(path: string, facts: PathFacts, range: FileRange): AsyncGenerator<Uint8Array, void> {
  const file = await openFile(path)
  try {
    // Length and validators were promised for the file as it was.
    if (file.size !== facts.size || file.modifiedMs !== facts.modifiedMs) throw replacedMeanwhile()
    yield* file.pieces(range)
  } finally {
    await file.close()
  }
}

/** Strong: two contents of one size written within the same millisecond are the one case it cannot tell apart. */
function etagOf({ size, modifiedMs }: PathFacts): string {
  return `"${size.toString(36)}-${Math.round(modifiedMs * 1_000).toString(36)}"`
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

function notFound(c: HttpContext): ServiceError {
  return new ServiceError('NOT_FOUND', `There is nothing at ${c.method} ${c.path}.`, { status: 404 })
}

function preconditionFailed(): ServiceError {
  return new ServiceError('PRECONDITION_FAILED', 'The file is not the one that the request expects.', { status: 412 })
}

function unsatisfiable({ headers }: Reply, size: number): ServiceError {
  const error = new ServiceError('RANGE_NOT_SATISFIABLE', `The file has ${size} bytes; none of them was asked for.`, {
    status: 416,
    details: { size },
  })
  headers.set('content-range', `bytes */${size}`)
  return error
}

function replacedMeanwhile(): ServiceError {
  return new ServiceError('FILE_CHANGED', 'The file was replaced while it was being answered with; ask again.', {
    status: 503,
  })
}
