/**
 * Multipart forms (RFC 7578), part by part as they arrive. `@fastify/busboy` parses; it is loaded by the first form.
 *
 *   for await (const part of c.raw.multipart()) {
 *     if (part.kind === 'field') fields.set(part.name, part.value)
 *     else await save(part.filename, part.content)     a file that is not read is skipped
 *   }
 *
 * Nothing is buffered: while a file is not read, the client is not read either. A filename is a client's word: without
 * its folders, but never a path to write to.
 */
import type { BusboyConstructor, BusboyFileStream, BusboyInstance } from '@fastify/busboy'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Call } from '../internal/call.ts'
import type { InputLimits } from './input-limits.ts'

export type MultipartPart =
  | { readonly kind: 'field'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly filename: string
      /** As the client says; not verified. */
      readonly contentType: string
      /** The file's bytes, once. @throws ServiceError `FORM_TOO_LARGE` (413) or `BAD_BODY` (400). */
      readonly content: AsyncIterable<Uint8Array>
    }

export type MultipartLimits = Pick<InputLimits, 'maxFields' | 'maxFieldBytes' | 'maxFiles' | 'maxFileBytes'>

/**
 * The parts in order.
 *
 * @throws ServiceError `CONTENT_TYPE_NOT_SUPPORTED` (415) if the body is no multipart form, `BAD_BODY` (400),
 *   `FORM_TOO_LARGE` (413), `MULTIPART_NOT_INSTALLED`, and as `RawRequest.bytes`.
 */
export async function* readMultipart(
  call: Call,
  pieces: AsyncIterable<Uint8Array>,
  limits: MultipartLimits,
): AsyncGenerator<MultipartPart, void> {
  const contentType = call.exchange.header('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(contentType)) throw notMultipart(call)
  const parts = new PartQueue(await createBusboy(contentType, limits), limits)
  void parts.feed(pieces)
  try {
    for (;;) {
      const part = await parts.next()
      if (part === undefined) return
      yield part
    }
  } finally {
    parts.close()
  }
}

async function createBusboy(contentType: string, limits: MultipartLimits): Promise<BusboyInstance> {
  const Busboy = await loadBusboy()
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        fields: limits.maxFields,
        fieldSize: limits.maxFieldBytes,
        files: limits.maxFiles,
        fileSize: limits.maxFileBytes,
        parts: limits.maxFields + limits.maxFiles,
        headerPairs: 32,
        headerSize: 8 * 1024,
      },
    })
  } catch (cause) {
    throw badBody(cause)
  }
}

async function loadBusboy(): Promise<BusboyConstructor> {
  try {
    return (await import('@fastify/busboy')).Busboy
  } catch (cause) {
    throw new ServiceError(
      'MULTIPART_NOT_INSTALLED',
      'Multipart forms are parsed by @fastify/busboy, which is not installed: npm install @fastify/busboy.',
      { cause },
    )
  }
}

/** Parts that were parsed and not taken yet. */
class PartQueue {
  readonly #busboy: BusboyInstance
  readonly #parts: MultipartPart[] = []
  /** The file that is being parsed; its stream must end before the next part can begin. */
  #file: BusboyFileStream | undefined
  #failure: unknown
  #isOver = false
  #wake: (() => void) | undefined

  constructor(busboy: BusboyInstance, limits: MultipartLimits) {
    this.#busboy = busboy
    const tooLarge = (what: string) => () => this.#fail(formTooLarge(what))
    busboy.on('field', (name, value, _nameTruncated, isTruncated) => {
      if (isTruncated) this.#fail(formTooLarge(`a field of more than ${limits.maxFieldBytes} bytes`))
      else this.#add(name, { kind: 'field', name, value })
    })
    busboy.on('file', (name, stream, filename, _encoding, contentType) => {
      this.#file = stream
      // It is also read below, where the error is thrown to whoever reads.
      stream.on('error', () => {})
      stream.on('limit', tooLarge(`a file of more than ${limits.maxFileBytes} bytes`))
      this.#add(name, { kind: 'file', name, filename: filename ?? '', contentType, content: this.#content(stream) })
    })
    busboy.on('fieldsLimit', tooLarge(`more than ${limits.maxFields} fields`))
    busboy.on('filesLimit', tooLarge(`more than ${limits.maxFiles} files`))
    busboy.on('partsLimit', tooLarge(`more than ${limits.maxFields + limits.maxFiles} parts`))
    busboy.on('error', (error: unknown) => this.#fail(badBody(error)))
    busboy.on('finish', () => {
      this.#isOver = true
      this.#wake?.()
    })
  }

  /** Hands the body to the parser, no faster than parts are taken. */
  async feed(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const piece of pieces) {
        if (this.#isOver) return
        // Copied: the parser hands out views of what it got, and the piece is the exchange's to reuse.
        await this.#write(Buffer.from(piece))
      }
      this.#busboy.end()
    } catch (error) {
      this.#fail(error)
    }
  }

  async next(): Promise<MultipartPart | undefined> {
    if (this.#parts.length === 0) this.#file?.resume()
    while (this.#parts.length === 0 && !this.#isOver) await this.#somethingNew()
    if (this.#failure !== undefined) throw this.#failure
    return this.#parts.shift()
  }

  close(): void {
    this.#isOver = true
    this.#file?.destroy()
    this.#busboy.destroy()
    this.#wake?.()
  }

  #add(name: string | undefined, part: MultipartPart): void {
    if (name === undefined) this.#fail(badBody(new Error('a part has no name')))
    else this.#parts.push(part)
    this.#wake?.()
  }

  #fail(failure: unknown): void {
    this.#failure ??= failure
    this.#isOver = true
    this.#file?.destroy(failure instanceof Error ? failure : new Error('the form could not be read'))
    this.#wake?.()
  }

  async *#content(stream: BusboyFileStream): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const piece of stream) yield piece as Uint8Array
    } catch (error) {
      throw this.#failure ?? badBody(error)
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#busboy.write(bytes, () => resolve())
    })
  }
}

function notMultipart({ reply }: Call): ServiceError {
  reply.headers.set('accept', 'multipart/form-data')
  return new ServiceError('CONTENT_TYPE_NOT_SUPPORTED', 'The body was not read: it is no multipart/form-data.', {
    status: 415,
  })
}

function formTooLarge(what: string): ServiceError {
  return new ServiceError('FORM_TOO_LARGE', `The form has ${what}.`, { status: 413 })
}

function badBody(cause: unknown): ServiceError {
  return new ServiceError('BAD_BODY', 'The body is not a complete multipart form.', { status: 400, cause })
}
