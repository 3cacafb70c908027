/**
 * FolderFiles: what a client may have of a folder.
 *
 *   path ─▶ segments ─▶ inside the folder? ─▶ file ─▶ answer
 *              └─dotfile, «..», odd name      └─ folder ─▶ its index, or the same address with a slash
 *              └──────▶ undefined for all of them: what is there is nobody's business
 *
 * Links are followed only while they stay inside. There is no listing of folders.
 */
import { join, sep } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { pathFacts, realPath } from '../../platform/files.ts'
import type { HttpContext } from '../context.ts'
import type { Reply } from '../reply.ts'
import { fileSegments } from './file-path.ts'
import { recordFile } from './file-reply.ts'
import type { StaticFolderOptions } from './static-folder.ts'

export class FolderFiles {
  readonly #root: string
  readonly #options: StaticFolderOptions
  #realRoot: Promise<string> | undefined

  constructor(root: string, options: StaticFolderOptions = {}) {
    this.#root = root
    this.#options = options
  }

  /** Answers with the file at `path`, which is decoded and relative to the folder; undefined if there is none. */
  async answer(c: HttpContext, path: string): Promise<Reply | undefined> {
    const { index = 'index.html', dotfiles = false, ...fileOptions } = this.#options
    const segments = fileSegments(path, { dotfiles })
    if (segments === undefined) return undefined
    const found = await this.#resolve(segments)
    if (found === undefined) return undefined

    const isFolder = (await pathFacts(found))?.kind === 'folder'
    const asksForFolder = path === '' || path.endsWith('/')
    if (!isFolder) return asksForFolder ? undefined : recordFile(c, found, fileOptions)
    const indexFile = index === false ? undefined : await this.#resolve([...segments, index])
    if (indexFile === undefined) return undefined
    // Links inside the page are relative to the folder, which the address must say.
    return asksForFolder ? recordFile(c, indexFile, fileOptions) : redirectToSlash(c)
  }

  /** The real path, if it is there and inside of the real folder. */
  async #resolve(segments: readonly string[]): Promise<string | undefined> {
    this.#realRoot ??= resolveRoot(this.#root)
    const root = await this.#realRoot
    const real = await realPath(join(root, ...segments))
    if (real === undefined) return undefined
    return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : undefined
  }
}

async function resolveRoot(root: string): Promise<string> {
  const real = await realPath(root)
  if (real !== undefined) return real
  throw new ServiceError('FOLDER_MISSING', `The folder '${root}' of static files is not there.`)
}

function redirectToSlash(c: HttpContext): Reply {
  const query = c.raw.target.slice(c.path.length)
  // `//host/` would lead elsewhere.
  return c.redirect(`${c.path.replace(/^\/+/, '/')}/${query}`, 301)
}
