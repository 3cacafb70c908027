import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as zlib from 'node:zlib'
import { createApp } from '../app.ts'
import type { AppRequestInit } from '../app-request.ts'
import type { AnyHandler } from '../route.ts'
import { type CompressionOptions, compressReply } from './compression.ts'

const long = 'hello, world. '.repeat(200)
const veryLong = 'hello, world. '.repeat(5_000)

async function answerOf(
  handler: AnyHandler,
  init: AppRequestInit = {},
  options?: CompressionOptions,
): Promise<Response> {
  const app = createApp()
  app.use(async (c, next) => {
    await next()
    return compressReply(c, options)
  })
  app.any('/x', handler)
  return app.request('/x', init)
}

const decoders = {
  gzip: (bytes: Uint8Array) => zlib.gunzipSync(bytes),
  br: (bytes: Uint8Array) => zlib.brotliDecompressSync(bytes),
  zstd: (bytes: Uint8Array) => zlib.zstdDecompressSync(bytes),
}

/** What a client can read while the stream is open. */
function decodeSoFar(encoding: string, pieces: readonly Uint8Array[]): string {
  const { constants } = zlib
  const bytes = Buffer.concat(pieces)
  if (bytes.length === 0) return ''
  if (encoding === 'gzip') return zlib.gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString()
  if (encoding === 'br') {
    return zlib.brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH }).toString()
  }
  return zlib.zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush }).toString()
}

describe('compressReply', () => {
  for (const [encoding, decode] of Object.entries(decoders)) {
    const headers = { 'accept-encoding': encoding }
    const bodies: { name: string; handler: AnyHandler; expected: string }[] = [
      { name: 'text', handler: () => long, expected: long },
      { name: 'JSON', handler: () => ({ long }), expected: JSON.stringify({ long }) },
      { name: 'long text, off the event loop', handler: () => veryLong, expected: veryLong },
      {
        name: 'a stream',
        handler: (c) =>
          c.stream(
            (async function* () {
              yield long
              yield new TextEncoder().encode(long)
            })(),
            { contentType: 'text/plain' },
          ),
        expected: long + long,
      },
      { name: 'a web Response', handler: () => new Response(long), expected: long },
    ]
    for (const { name, handler, expected } of bodies) {
      it(`compresses ${name} with ${encoding}`, async () => {
        const answer = await answerOf(handler, { headers })
        assert.equal(answer.headers.get('content-encoding'), encoding)
        assert.equal(answer.headers.get('vary'), 'accept-encoding')
        const bytes = await answer.bytes()
        assert.ok(bytes.length < expected.length / 2)
        assert.equal(new TextDecoder().decode(decode(bytes)), expected)
      })
    }

    it(`flushes each event with ${encoding}`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const answer = await answerOf(
        (c) =>
          c.sse(
            (async function* () {
              yield 'first'
              await promise
              yield 'second'
            })(),
          ),
        { headers },
      )
      const reader = answer.body?.getReader()
      const pieces: Uint8Array[] = []
      while (decodeSoFar(encoding, pieces) !== 'data: first\n\n')
        pieces.push((await reader?.read())?.value as Uint8Array)
      resolve()
      for (;;) {
        const next = await reader?.read()
        if (next === undefined || next.done) break
        pieces.push(next.value)
      }
      assert.equal(new TextDecoder().decode(decode(Buffer.concat(pieces))), 'data: first\n\ndata: second\n\n')
    })
  }

  const untouched: {
    name: string
    handler: AnyHandler
    init?: AppRequestInit
    options?: CompressionOptions
    vary?: string
  }[] = [
    { name: 'a short body', handler: () => 'short' },
    { name: 'no body', handler: (c) => c.noContent() },
    { name: 'an image', handler: (c) => c.bytes(new Uint8Array(5_000), 'image/png') },
    { name: 'what is encoded already', handler: (c) => c.header('content-encoding', 'x').text(long) },
    { name: 'a range', handler: (c) => c.text(long, 206) },
    {
      name: 'what must not be transformed',
      handler: (c) => c.header('cache-control', 'public, no-transform').text(long),
    },
    { name: 'what is to be skipped', handler: () => long, options: { skip: () => true } },
    {
      name: 'text for a client that does not ask, but caches are told',
      handler: () => long,
      init: { headers: {} },
      vary: 'accept-encoding',
    },
    {
      name: 'text for a client that wants it plain',
      handler: () => long,
      init: { headers: { 'accept-encoding': 'identity, gzip;q=0.5' } },
      vary: 'accept-encoding',
    },
  ]
  for (const { name, handler, init = { headers: { 'accept-encoding': 'gzip' } }, options, vary } of untouched) {
    it(`leaves alone ${name}`, async () => {
      const answer = await answerOf(handler, init, options)
      assert.notEqual(answer.headers.get('content-encoding'), 'gzip')
      assert.equal(answer.headers.get('vary'), vary ?? null)
    })
  }

  it('weakens a strong ETag: the bytes are others', async () => {
    const init = { headers: { 'accept-encoding': 'gzip' } }
    assert.equal((await answerOf((c) => c.header('etag', '"v1"').text(long), init)).headers.get('etag'), 'W/"v1"')
    assert.equal((await answerOf((c) => c.header('etag', 'W/"v1"').text(long), init)).headers.get('etag'), 'W/"v1"')
  })

  it('adds to a Vary that is there', async () => {
    const init = { headers: { 'accept-encoding': 'gzip' } }
    assert.equal(
      (await answerOf((c) => c.header('vary', 'origin').text(long), init)).headers.get('vary'),
      'origin, accept-encoding',
    )
    assert.equal((await answerOf((c) => c.header('vary', '*').text(long), init)).headers.get('vary'), '*')
  })

  it('answers HEAD with the head of GET, without reading a stream', async () => {
    let reads = 0
    const handler: AnyHandler = (c) =>
      c.stream(
        (function* () {
          reads++
          yield long
        })(),
        { contentType: 'text/plain' },
      )
    const answer = await answerOf(handler, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } })
    assert.equal(answer.headers.get('content-encoding'), 'gzip')
    assert.equal(reads, 0)
  })

  it('ends its source when the client leaves', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const answer = await answerOf(
      (c) =>
        c.stream(
          (async function* () {
            try {
              for (;;) yield crypto.randomUUID().repeat(1_000)
            } finally {
              resolve('ended')
            }
          })(),
          { contentType: 'text/plain' },
        ),
      { headers: { 'accept-encoding': 'gzip' } },
    )
    const reader = answer.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    assert.equal(await promise, 'ended')
  })
})
