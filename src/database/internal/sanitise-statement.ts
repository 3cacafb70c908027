/**
 * sanitiseStatement: the text of a statement without the values that stand in it.
 *
 *   select "a" from t where b = 'ann' and c > 42 -- note ⏎ and d = $1 ─▶ select "a" from t where b = ? and c > ? and d = $1
 *
 * What cannot be told ends the text: an unclosed string is a value up to the end.
 */
import type { DialectName } from '../dialect.ts'

/** Longer texts are cut: they repeat placeholders. */
const maxCharacters = 2_000

const comment = String.raw`--[^\n]*|#(?!>|-)[^\n]*|/\*[\s\S]*?(?:\*/|$)`
const plainComment = String.raw`--[^\n]*|/\*[\s\S]*?(?:\*/|$)`
/** What begins like a number, whole: `1_000`, `0xff`, `1.5e-3`; not the end of a name or a placeholder. */
const number = String.raw`(?<![\w$?:"@.])[-+]?(?:\d|\.\d)[\w.]*(?:(?<=e)[-+]\d+)?`
const quoted = '"(?:[^"]|"")*"'
const backslashed = String.raw`'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`
const standard = "'(?:[^']|'')*(?:'|$)"

/** In order: the first that fits takes the characters. A group `kept` is written as it was. */
const tokens: Readonly<Record<DialectName, RegExp>> = {
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

export function sanitiseStatement(sql: string, dialect: DialectName): string {
  const text = sql.slice(0, maxCharacters * 4).replace(tokens[dialect], (match: string, ...rest: unknown[]) => {
    const { kept } = rest.at(-1) as { kept?: string }
    if (kept !== undefined) return kept
    return match.startsWith('--') || match.startsWith('/*') || match.startsWith('#') ? ' ' : '?'
  })
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters)}…`
}

function tokenPattern(alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'gi')
}
