/**
 * The browser app's files, in memory.
 *
 *   published package: ui/ beside this file, made by the build        repository: dashboard-ui/, built at the first request
 *
 * Names hold a hash of their content and are kept by browsers for ever; `index.html` stands for every page of the app and is
 * asked for again each time, by its ETag.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from '../http/context.ts'
import { preferredEncoding } from '../http/negotiation/accept.ts'
import type { Reply } from '../http/reply.ts'
import { mediaTypeOf } from '../http/static/media-types.ts'
import { readBytes } from '../platform/files.ts'
import { listFiles, pathExists } from '../platform/folders.ts'

export interface UiFile {
  /** Below the root of the site, such as `app-1A2B3C4D.js`. */
  readonly path: string
  readonly contents: Uint8Array
}

/** What `dashboard-ui/build.ts` exports. */
interface UiBuild {
  buildDashboard(): Promise<{ readonly files: readonly UiFile[] }>
}

interface ServedFile {
  readonly contents: Uint8Array
  readonly contentType: string
  readonly etag: string
  readonly isImmutable: boolean
  readonly packed: { br?: Uint8Array; gzip?: Uint8Array }
}

const hashed = /-[0-9A-Z]{8}\.[a-z]+$/
const packable = /^(text\/|application\/(javascript|json)|image\/svg)/

export class UiFiles {
  readonly #load: () => Promise<readonly UiFile[]>
  #files: Promise<ReadonlyMap<string, ServedFile>> | undefined

  constructor(load: () => Promise<readonly UiFile[]> = loadUi) {
    this.#load = load
  }

  /** A file, or the app's page for any path of it. @throws ServiceError `NOT_FOUND` (404), `UI_MISSING` (503). */
  async answer(c: HttpContext): Promise<Reply> {
    this.#files ??= this.#load().then(servedFiles, (error: unknown) => {
      this.#files = undefined
      throw error
    })
    const files = await this.#files
    const path = c.path.slice(1)
    const file = files.get(path) ?? (isPage(path) ? files.get('index.html') : undefined)
    if (file !== undefined) return send(c, file)
    throw new ServiceError('NOT_FOUND', `There is nothing at ${c.method} ${c.path}.`, { status: 404 })
  }
}

/** Deep links have no extension; what looks like a file is one, or nothing. */
function isPage(path: string): boolean {
  return !/\.[a-z0-9]+$/.test(path) && !path.startsWith('api/') && !path.startsWith('v1/')
}

function send(c: HttpContext, file: ServedFile): Reply {
  c.header('cache-control', file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  c.header('etag', file.etag)
  c.header('vary', 'accept-encoding')
  if (
    c.raw
      .header('if-none-match')
      ?.split(/\s*,\s*/)
      .includes(file.etag) === true
  ) {
    c.status(304)
    return c.bytes(new Uint8Array(), file.contentType)
  }
  const { br, gzip } = packedOf(file)
  const offered = br === undefined || gzip === undefined ? [] : (['br', 'gzip'] as const)
  const chosen = preferredEncoding(c.raw.header('accept-encoding'), offered)
  if (chosen !== 'br' && chosen !== 'gzip') return c.bytes(file.contents, file.contentType)
  c.header('content-encoding', chosen)
  return c.bytes(file.packed[chosen] ?? file.contents, file.contentType)
}

/** Once for each file, when it is first asked for. */
function packedOf(file: ServedFile): ServedFile['packed'] {
  if (packable.test(file.contentType) && file.packed.gzip === undefined) {
    file.packed.br = brotliCompressSync(file.contents)
    file.packed.gzip = gzipSync(file.contents)
  }
  return file.packed
}

function servedFiles(files: readonly UiFile[]): Map<string, ServedFile> {
  return new Map(
    files.map(({ path, contents }) => {
      const etag = `"${createHash('sha256').update(contents).digest('base64url').slice(0, 22)}"`
      return [path, { contents, contentType: mediaTypeOf(path), etag, isImmutable: hashed.test(path), packed: {} }]
    }),
  )
}

async function loadUi(): Promise<readonly UiFile[]> {
  const built = fileURLToPath(new URL('ui/', import.meta.url))
  if (await pathExists(built)) return readFolder(built)
  const source = new URL('../../dashboard-ui/build.ts', import.meta.url)
  if (!(await pathExists(fileURLToPath(source)))) {
    throw new ServiceError(
      'UI_MISSING',
      'The browser app is not part of this installation; the API answers without it.',
      {
        status: 503,
      },
    )
  }
  const { buildDashboard } = (await import(source.href)) as UiBuild
  return (await buildDashboard()).files
}

async function readFolder(folder: string): Promise<UiFile[]> {
  const paths = await listFiles(folder)
  return Promise.all(paths.map(async (path) => ({ path, contents: await readBytes(`${folder}${path}`) })))
}
