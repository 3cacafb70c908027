/**
 * staticFiles: a folder of files in front of everything else; what is no file goes on inwards.
 *
 *   app.use(staticFiles('./public'))                 /site.css ─▶ ./public/site.css
 *   app.use(staticFiles('./public', { prefix: '/assets' }))
 *
 * Where the files have an address of their own, `app.get('/assets/*path', staticFolder('./public'))` is cheaper: it costs
 * the other routes nothing.
 */
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import type { FolderFiles } from '../http/static/folder-files.ts'
import type { StaticFolderOptions } from '../http/static/static-folder.ts'

export interface StaticFilesOptions extends StaticFolderOptions {
  /** Part of the path that stands for the folder; default none, the root. */
  prefix?: string
}

export function staticFiles(root: string, { prefix = '', ...options }: StaticFilesOptions = {}): Middleware {
  let loading: Promise<FolderFiles> | undefined
  return async function staticFiles(c, next) {
    const path = filePathOf(c, prefix)
    if (path === undefined) return next()
    loading ??= import('../http/static/folder-files.ts').then(({ FolderFiles }) => new FolderFiles(root, options))
    const files = await loading
    return (await files.answer(c, path)) ?? next()
  }
}

/** Where in the folder the request looks, decoded; undefined if it does not look there. */
function filePathOf(c: HttpContext, prefix: string): string | undefined {
  if ((c.method !== 'GET' && c.method !== 'HEAD') || !c.path.startsWith(`${prefix}/`)) return undefined
  try {
    return decodeURIComponent(c.path.slice(prefix.length + 1))
  } catch {
    return undefined
  }
}
