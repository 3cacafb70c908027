import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createApp } from '../app.ts'
import type { AppRequestInit } from '../app-request.ts'
import { contentDisposition } from './content-disposition.ts'
import type { FileOptions } from './file-reply.ts'
import { type StaticFolderOptions, staticFolder } from './static-folder.ts'

const modified = new Date('2026-11-20T10:00:00Z')
const lastModified = 'Fri, 20 Nov 2026 10:00:00 GMT'
const big = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251)
let top = ''

before(async () => {
  top = await mkdtemp(join(tmpdir(), 'genever-static-'))
  const root = join(top, 'public')
  await mkdir(join(root, 'docs'), { recursive: true })
  await mkdir(join(root, 'empty'))
  await mkdir(join(root, '.git'))
  const files: Record<string, string | Uint8Array> = {
    'public/index.html': '<h1>home</h1>',
    'public/docs/index.html': '<h1>docs</h1>',
    'public/site.css': 'body { color: black }',
    'public/site.css.br': 'as brotli',
    'public/site.css.gz': 'as gzip',
    'public/stale.css': 'new',
    'public/stale.css.br': 'old',
    'public/big.bin': big,
    'public/empty.txt': '',
    'public/a b ü.txt': 'spaces',
    'public/.env': 'SECRET=1',
    'public/.git/config': 'secret',
    'secret.txt': 'secret',
  }
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(top, name), content)
    await utimes(join(top, name), modified, modified)
  }
  await utimes(join(root, 'stale.css.br'), modified, new Date(modified.getTime() - 1_000))
  await symlink(join(top, 'secret.txt'), join(root, 'link-out.txt'))
  await symlink(top, join(root, 'folder-out'))
  await symlink(join(root, 'site.css'), join(root, 'link-in.css'))
})
after(() => rm(top, { recursive: true, force: true }))

async function get(path: string, init: AppRequestInit = {}, options?: StaticFolderOptions): Promise<Response> {
  const app = createApp()
  app.get('/assets/*path', staticFolder(join(top, 'public'), options))
  return app.request(path, init)
}

async function file(path: string, init: AppRequestInit = {}, options?: FileOptions): Promise<Response> {
  const app = createApp()
  app.get('/file', (c) => c.file(join(top, path), options))
  return app.request('/file', init)
}

describe('staticFolder', () => {
  const served = [
    { path: '/assets/site.css', type: 'text/css; charset=utf-8', body: 'body { color: black }', why: 'a file' },
    { path: '/assets/', type: 'text/html; charset=utf-8', body: '<h1>home</h1>', why: 'the index of the folder' },
    { path: '/assets/docs/', type: 'text/html; charset=utf-8', body: '<h1>docs</h1>', why: 'the index of one below' },
    { path: '/assets/a%20b%20%C3%BC.txt', type: 'text/plain; charset=utf-8', body: 'spaces', why: 'an escaped name' },
    {
      path: '/assets/link-in.css',
      type: 'text/css; charset=utf-8',
      body: 'body { color: black }',
      why: 'a link inside',
    },
    { path: '/assets/empty.txt', type: 'text/plain; charset=utf-8', body: '', why: 'an empty file' },
  ]
  for (const { path, type, body, why } of served) {
    it(`serves ${path}: ${why}`, async () => {
      const answer = await get(path)
      assert.equal(answer.status, 200)
      assert.equal(await answer.text(), body)
      if (why !== 'a link inside') assert.equal(answer.headers.get('content-type'), type)
      assert.equal(answer.headers.get('last-modified'), lastModified)
      assert.equal(answer.headers.get('accept-ranges'), 'bytes')
      assert.equal(answer.headers.get('cache-control'), 'no-cache')
      assert.match(answer.headers.get('etag') ?? '', /^"[\w-]+"$/)
    })
  }

  const hidden = [
    { path: '/assets/nothing.txt', why: 'it is not there' },
    { path: '/assets/%2e%2e/secret.txt', why: 'it leads out' },
    { path: '/assets/..%2fsecret.txt', why: 'it leads out by an escaped slash' },
    { path: '/assets/docs/../../secret.txt', why: 'it leads out from below' },
    { path: '/assets/%5c..%5csecret.txt', why: 'it leads out on Windows' },
    { path: '/assets//etc/passwd', why: 'it begins at the root' },
    { path: '/assets/site.css%00.png', why: 'NUL ends names in C' },
    { path: '/assets/link-out.txt', why: 'the link leads out' },
    { path: '/assets/folder-out/secret.txt', why: 'a link on the way leads out' },
    { path: '/assets/.env', why: 'dotfiles are not served' },
    { path: '/assets/.git/config', why: 'nor what is in such folders' },
    { path: '/assets/empty/', why: 'there is no index, and no listing' },
    { path: '/assets/empty', why: 'nor for the folder without its slash' },
    { path: '/assets/site.css/', why: 'a file is no folder' },
    { path: '/assets/site.css/x', why: 'nothing is below a file' },
  ]
  for (const { path, why } of hidden) {
    it(`has nothing at ${path}: ${why}`, async () => {
      const answer = await get(path)
      assert.equal(answer.status, 404)
      assert.ok(!(await answer.text()).includes('SECRET'))
    })
  }

  it('sends folders to their slash, query included', async () => {
    const answer = await get('/assets/docs?tab=1')
    assert.equal(answer.status, 301)
    assert.equal(answer.headers.get('location'), '/assets/docs/?tab=1')
  })

  it('serves what the options say', async () => {
    assert.equal((await get('/assets/', {}, { index: false })).status, 404)
    assert.equal(await (await get('/assets/.env', {}, { dotfiles: true })).text(), 'SECRET=1')
    const answer = await get('/assets/site.css', {}, { cacheControl: 'public, max-age=60' })
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=60')
  })

  it('fails loudly when the folder itself is missing', async () => {
    const app = createApp()
    app.get('/*path', staticFolder(join(top, 'nowhere')))
    assert.equal((await app.request('/x')).status, 500)
  })
})

describe('a file', () => {
  it('answers HEAD with everything but the bytes', async () => {
    for (const [path, length] of [
      ['public/site.css', '21'],
      ['public/big.bin', '200000'],
    ] as const) {
      const answer = await file(path, { method: 'HEAD' })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-length'), length)
      assert.equal(await answer.text(), '')
    }
  })

  it('is streamed when it is large', async () => {
    const answer = await file('public/big.bin')
    assert.equal(answer.headers.get('content-length'), '200000')
    assert.deepEqual(await answer.bytes(), big)
  })

  const ranges = [
    { range: 'bytes=0-9', expected: big.subarray(0, 10), contentRange: 'bytes 0-9/200000' },
    { range: 'bytes=-10', expected: big.subarray(-10), contentRange: 'bytes 199990-199999/200000' },
    { range: 'bytes=1000-180999', expected: big.subarray(1_000, 181_000), contentRange: 'bytes 1000-180999/200000' },
  ]
  for (const { range, expected, contentRange } of ranges) {
    it(`gives ${range}`, async () => {
      const answer = await file('public/big.bin', { headers: { range } })
      assert.equal(answer.status, 206)
      assert.equal(answer.headers.get('content-range'), contentRange)
      assert.equal(answer.headers.get('content-length'), String(expected.length))
      assert.deepEqual(await answer.bytes(), Uint8Array.from(expected))
    })
  }

  it('says how long it is when no byte of the range is there', async () => {
    const answer = await file('public/site.css', { headers: { range: 'bytes=100-' } })
    assert.equal(answer.status, 416)
    assert.equal(answer.headers.get('content-range'), 'bytes */21')
  })

  it('is not sent to a client that has it, but its validators are', async () => {
    const etag = (await file('public/site.css')).headers.get('etag') ?? ''
    for (const headers of [{ 'if-none-match': etag }, { 'if-modified-since': lastModified }]) {
      const answer = await file('public/site.css', { headers })
      assert.equal(answer.status, 304)
      assert.equal(answer.headers.get('etag'), etag)
      assert.equal(await answer.text(), '')
    }
    assert.equal((await file('public/site.css', { headers: { 'if-match': '"other"' } })).status, 412)
  })

  it('gives the whole for a range of another version', async () => {
    const headers = { range: 'bytes=0-9', 'if-range': '"other"' }
    assert.equal((await file('public/site.css', { headers })).status, 200)
  })

  const variants: { accept: string; file: string; body: string; encoding: string | null; why: string }[] = [
    { accept: 'br, gzip', file: 'public/site.css', body: 'as brotli', encoding: 'br', why: 'our first that is there' },
    { accept: 'gzip', file: 'public/site.css', body: 'as gzip', encoding: 'gzip', why: 'the one it can read' },
    { accept: 'zstd, gzip', file: 'public/site.css', body: 'as gzip', encoding: 'gzip', why: 'zstd is not there' },
    { accept: '', file: 'public/site.css', body: 'body { color: black }', encoding: null, why: 'it wants it plain' },
    { accept: 'br', file: 'public/stale.css', body: 'new', encoding: null, why: 'the compressed one is older' },
  ]
  for (const { accept, file: name, body, encoding, why } of variants) {
    it(`is sent as ${encoding ?? 'it is'} to a client with '${accept}': ${why}`, async () => {
      const options: FileOptions = { precompressed: ['zstd', 'br', 'gzip'] }
      const answer = await file(name, { headers: { 'accept-encoding': accept } }, options)
      assert.equal(answer.headers.get('content-encoding'), encoding)
      assert.equal(answer.headers.get('vary'), 'accept-encoding')
      assert.equal(answer.headers.get('content-type'), 'text/css; charset=utf-8')
      assert.equal(await answer.text(), body)
    })
  }

  it('is saved under a name where that is wanted', async () => {
    const own = await file('public/site.css', {}, { download: true })
    assert.equal(own.headers.get('content-disposition'), 'attachment; filename="site.css"')
    const other = await file('public/site.css', {}, { download: 'a.css', contentType: 'text/x' })
    assert.equal(other.headers.get('content-disposition'), 'attachment; filename="a.css"')
    assert.equal(other.headers.get('content-type'), 'text/x')
  })

  it('that is missing, or none, is 404', async () => {
    assert.equal((await file('public/nothing')).status, 404)
    assert.equal((await file('public/docs')).status, 404)
  })
})

describe('contentDisposition', () => {
  const rows = [
    { name: 'a.pdf', expected: 'attachment; filename="a.pdf"', why: 'ASCII is enough' },
    {
      name: 'a"b\\c.pdf',
      expected: 'attachment; filename="a\\"b\\\\c.pdf"; filename*=UTF-8\'\'a%22b%5Cc.pdf',
      why: 'quotes',
    },
    {
      name: 'é(1).pdf',
      expected: 'attachment; filename="_(1).pdf"; filename*=UTF-8\'\'%C3%A9%281%29.pdf',
      why: 'RFC 8187',
    },
    { name: 'a\r\nb', expected: 'attachment; filename="a__b"; filename*=UTF-8\'\'a%0D%0Ab', why: 'no line breaks' },
  ]
  for (const { name, expected, why } of rows) {
    it(`${JSON.stringify(name)}: ${why}`, () => assert.equal(contentDisposition(name), expected))
  }
})
