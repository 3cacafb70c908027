/**
 * A folder of files behind a catch-all route.
 *
 *   app.get('/assets/*path', staticFolder('./public', { cacheControl: 'public, max-age=31536000, immutable' }))
 *
 * The files' side of it is loaded by the first request, so that a service without static files never pays for it.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpContext } from '../context.ts'
import type { AnyHandler } from '../route.ts'
import type { FileOptions } from './file-reply.ts'
import type { FolderFiles } from './folder-files.ts'

export interface StaticFolderOptions extends Omit<FileOptions, 'contentType'> {
  /** File that stands for its folder. Default `index.html`; false for none. */
  index?: string | false
  /** Whether names that begin with a dot are served; `.well-known` always is. Default false. */
  dotfiles?: boolean
}

/**
 * A handler for a route that ends in a catch-all; it answers 404 where there is no file, or none that may be had.
 *
 * A request throws ServiceError `FOLDER_MISSING` if the folder is not there.
 */
export function staticFolder(root: string, options: StaticFolderOptions = {}): AnyHandler {
  let loading: Promise<FolderFiles> | undefined
  return async function staticFolder(c) {
    loading ??= import('./folder-files.ts').then(({ FolderFiles }) => new FolderFiles(root, options))
    const files = await loading
    const reply = await files.answer(c, catchAllValue(c))
    if (reply !== undefined) return reply
    throw new ServiceError('NOT_FOUND', `There is nothing at ${c.method} ${c.path}.`, { status: 404 })
  }
}

function catchAllValue(c: HttpContext): string {
  const name = c.route?.path.split('*').at(-1) ?? ''
  // Under `catchAllValue: 'slash'` it begins with one.
  return (c.raw.param(name) ?? '').replace(/^\//, '')
}
