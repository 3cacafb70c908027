import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as zlib from 'node:zlib'
import { type AppOptions, createApp } from '../app.ts'
import type { AppRequestInit } from '../app-request.ts'
import type { AnyHandler, RouteSpec } from '../route.ts'

interface Problem {
  readonly code: string
  readonly detail: string
  readonly [member: string]: unknown
}

const problemOf = async (answer: Response) => (await answer.json()) as Problem

async function post(handler: AnyHandler, init: AppRequestInit, options: AppOptions = {}, spec: RouteSpec = {}) {
  const app = createApp(options)
  app.post('/x', spec, handler)
  return app.request('/x', { method: 'POST', ...init })
}

function inPieces(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const piece = pieces.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
    },
  })
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of pieces) text += decoder.decode(piece, { stream: true })
  return text
}

describe('a raw body', () => {
  it('is bytes, text and JSON, as often as it is asked for', async () => {
    const answer = await post(
      async (c) => [(await c.raw.bytes()).length, await c.raw.text(), await c.raw.json(), await joined(c.raw.stream())],
      { body: '{"a":"ü"}' },
    )
    assert.deepEqual(await answer.json(), [10, '{"a":"ü"}', { a: 'ü' }, '{"a":"ü"}'])
  })

  it('is there without a promise when it has arrived', async () => {
    const answer = await post((c) => String(c.raw.bytes() instanceof Uint8Array), { body: 'x' })
    assert.equal(await answer.text(), 'true')
  })

  it('comes piece by piece', async () => {
    const answer = await post(async (c) => joined(c.raw.stream()), { body: inPieces('one ', 'two ', 'three') })
    assert.equal(await answer.text(), 'one two three')
  })

  it('that comes in pieces is put together', async () => {
    const answer = await post(async (c) => c.raw.text(), { body: inPieces('one ', 'two') })
    assert.equal(await answer.text(), 'one two')
  })

  it('is limited, whichever way it is read', async () => {
    const spec = { maxBodyBytes: 5 }
    for (const body of ['123456', inPieces('123', '456')]) {
      const answer = await post(async (c) => c.raw.text(), { body }, {}, spec)
      assert.equal(answer.status, 413)
      assert.equal((await problemOf(answer)).code, 'BODY_TOO_LARGE')
    }
    const streamed = await post(async (c) => joined(c.raw.stream()), { body: inPieces('123', '456') }, {}, spec)
    assert.equal(streamed.status, 413)
  })
})

describe('a compressed body', () => {
  const text = 'hello, hello, hello, hello'
  const codings = {
    gzip: zlib.gzipSync(text),
    deflate: zlib.deflateSync(text),
    br: zlib.brotliCompressSync(text),
    zstd: zlib.zstdCompressSync(text),
  }
  const all: AppOptions = { requestEncodings: ['gzip', 'deflate', 'br', 'zstd'] }

  for (const [coding, body] of Object.entries(codings)) {
    const headers = { 'content-encoding': coding }

    it(`in ${coding} is refused unless the app allows it`, async () => {
      const answer = await post(async (c) => c.raw.text(), { headers, body })
      assert.equal(answer.status, 415)
      assert.equal(answer.headers.get('accept-encoding'), 'identity')
      assert.equal((await problemOf(answer)).code, 'CONTENT_ENCODING_NOT_SUPPORTED')
    })

    it(`in ${coding} is decompressed where it does, whole and piece by piece`, async () => {
      assert.equal(await (await post(async (c) => c.raw.text(), { headers, body }, all)).text(), text)
      const pieces = inPieces(body.subarray(0, 7), body.subarray(7))
      assert.equal(await (await post(async (c) => joined(c.raw.stream()), { headers, body: pieces }, all)).text(), text)
    })

    it(`in ${coding} cannot become more than the limit`, async () => {
      const spec = { maxBodyBytes: 25 }
      // The compressed form must fit, so that it is the decoded length that is refused.
      const bomb = {
        gzip: zlib.gzipSync,
        deflate: zlib.deflateSync,
        br: zlib.brotliCompressSync,
        zstd: zlib.zstdCompressSync,
      }
      const small = bomb[coding as keyof typeof bomb](Buffer.alloc(1_000_000))
      const limit = { maxBodyBytes: small.length + 100 }
      for (const read of [async (c) => c.raw.text(), async (c) => joined(c.raw.stream())] satisfies AnyHandler[]) {
        const answer = await post(read, { headers, body: small }, all, limit)
        assert.equal(answer.status, 413)
        assert.equal((await problemOf(answer)).code, 'BODY_TOO_LARGE')
      }
      assert.equal((await post(async (c) => c.raw.text(), { headers, body: 'x'.repeat(26) }, all, spec)).status, 413)
    })

    it(`that is not ${coding} at all is a bad one`, async () => {
      for (const read of [async (c) => c.raw.text(), async (c) => joined(c.raw.stream())] satisfies AnyHandler[]) {
        const answer = await post(read, { headers, body: 'not compressed' }, all)
        assert.equal(answer.status, 400)
        assert.equal((await problemOf(answer)).code, 'BAD_BODY')
      }
    })
  }

  it('says what would have been taken', async () => {
    const init = { headers: { 'content-encoding': 'compress' }, body: 'x' }
    const answer = await post(async (c) => c.raw.text(), init, { requestEncodings: ['gzip', 'br'] })
    assert.equal(answer.headers.get('accept-encoding'), 'gzip, br')
  })

  it('in several codings is not unwound', async () => {
    const init = { headers: { 'content-encoding': 'gzip, gzip' }, body: 'x' }
    assert.equal((await post(async (c) => c.raw.text(), init, all)).status, 415)
  })
})

describe('a multipart body', () => {
  const form = () => {
    const data = new FormData()
    data.set('title', 'Holiday')
    data.set('photo', new File(['x'.repeat(100_000)], 'a.jpg', { type: 'image/jpeg' }))
    data.set('note', 'sunny')
    return data
  }

  it('comes part by part, files as streams', async () => {
    const answer = await post(
      async (c) => {
        const seen: unknown[] = []
        for await (const part of c.raw.multipart()) {
          if (part.kind === 'field') seen.push([part.name, part.value])
          else seen.push([part.name, part.filename, part.contentType, (await joined(part.content)).length])
        }
        return seen
      },
      { body: form() },
    )
    assert.deepEqual(await answer.json(), [
      ['title', 'Holiday'],
      ['photo', 'a.jpg', 'image/jpeg', 100_000],
      ['note', 'sunny'],
    ])
  })

  it('skips files that are not read', async () => {
    const answer = await post(
      async (c) => {
        const names: string[] = []
        for await (const part of c.raw.multipart()) names.push(part.name)
        return names
      },
      { body: form() },
    )
    assert.deepEqual(await answer.json(), ['title', 'photo', 'note'])
  })

  it('may be left in the middle', async () => {
    const answer = await post(
      async (c) => {
        for await (const part of c.raw.multipart()) return part.name
        return 'none'
      },
      { body: form() },
    )
    assert.equal(await answer.text(), 'title')
  })

  it('throws to the reader of a file that is cut off', async () => {
    const body = '--b\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\nabc'
    const answer = await post(
      async (c) => {
        for await (const part of c.raw.multipart()) if (part.kind === 'file') await joined(part.content)
        return 'complete'
      },
      { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body },
    )
    assert.equal(answer.status, 400)
    assert.equal((await problemOf(answer)).code, 'BAD_BODY')
  })

  it('has limits of its own where they are given', async () => {
    const answer = await post(
      async (c) => {
        for await (const part of c.raw.multipart({ maxFileBytes: 10 }))
          if (part.kind === 'file') await joined(part.content)
        return 'complete'
      },
      { body: form() },
    )
    assert.equal(answer.status, 413)
    assert.equal((await problemOf(answer)).code, 'FORM_TOO_LARGE')
  })
})
