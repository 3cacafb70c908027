/**
 * SqlTokens: what of a text of SQL is not its words: comments, strings, quoted names and numbers, as each database writes them.
 *
 * What is not closed reaches to the end of the text.
 */
import type { DialectName } from '../dialect.ts'

const comment = String.raw`--[^\n]*|#(?!>|-)[^\n]*|/\*(?!!)[\s\S]*?(?:\*/|$)`
const plainComment = String.raw`--[^\n]*|/\*[\s\S]*?(?:\*/|$)`
/** What begins like a number, whole: `1_000`, `0xff`, `1.5e-3`; not the end of a name or a placeholder. */
const number = String.raw`(?<![\w$?:"@.])[-+]?(?:\d|\.\d)[\w.]*(?:(?<=e)[-+]\d+)?`
const quoted = '"(?:[^"]|"")*"'
const backslashed = String.raw`'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`
const standard = "'(?:[^']|'')*(?:'|$)"

/** In order: the first that fits takes the characters. A group `kept` is written as it was. */
export const sqlTokens: Readonly<Record<DialectName, RegExp>> = {
  // A dollar quote begins where no name goes on; $1 is a placeholder.
  postgres: tokenPattern([
    plainComment,
    `\\b[e]${backslashed}`,
    `(?:\\b(?:[xbn]|u&))?${standard}`,
    String.raw`(?<![\w$])\$(?<tag>[a-z_]\w*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    `(?<kept>${quoted})`,
    number,
  ]),
  // Double quotes are strings unless the server was told otherwise.
  mysql: tokenPattern([
    comment,
    `(?:\\b(?:[xbn]|_\\w+\\s*))?${backslashed}`,
    String.raw`"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)`,
    '(?<kept>`[^`]*`)',
    number,
  ]),
  sqlite: tokenPattern([plainComment, `(?:\\bx)?${standard}`, `(?<kept>${quoted}|\\[[^\\]]*\\]|\`[^\`]*\`)`, number]),
}

function tokenPattern(alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'gi')
}
