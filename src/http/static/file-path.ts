/**
 * From what a client asks for to a file below a folder, or to nothing.
 *
 *   css/site.css ▶ css/site.css      ../../etc/passwd  .git/config  a//b  C:\x  a%00 ▶ undefined
 *
 * The text is decoded already. Everything that some file system may read in another way than we do is refused; there is
 * nothing to clean up in an honest path.
 */

/** Backslash and colon mean something to Windows, control characters nothing good to anybody. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const suspicious = /[\x00-\x1f\x7f\\:]/

export interface FilePathOptions {
  /** Whether names that begin with a dot may be asked for; `.well-known` always may (RFC 8615). */
  readonly dotfiles: boolean
}

/** The segments of the path; empty for the folder itself. */
export function fileSegments(path: string, { dotfiles }: FilePathOptions): readonly string[] | undefined {
  if (path === '') return []
  if (suspicious.test(path) || !path.isWellFormed()) return undefined
  // A slash at the end asks for the folder's index.
  const segments = (path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  return segments.every((segment) => isServable(segment, dotfiles)) ? segments : undefined
}

function isServable(segment: string, dotfiles: boolean): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false
  // Windows drops dots and spaces at the end of a name.
  if (segment.endsWith('.') || segment.endsWith(' ')) return false
  return dotfiles || !segment.startsWith('.') || segment === '.well-known'
}
