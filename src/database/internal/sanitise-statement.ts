/**
 * sanitiseStatement: the text of a statement without the values that stand in it.
 *
 *   select "a" from t where b = 'ann' and c > 42 -- note ⏎ and d = $1 ─▶ select "a" from t where b = ? and c > ? and d = $1
 *
 * What cannot be told ends the text: an unclosed string is a value up to the end.
 */
import type { DialectName } from '../dialect.ts'
import { sqlTokens } from './sql-tokens.ts'

/** Longer texts are cut: they repeat placeholders. */
const maxCharacters = 2_000

export function sanitiseStatement(sql: string, dialect: DialectName): string {
  const text = sql.slice(0, maxCharacters * 4).replace(sqlTokens[dialect], (match: string, ...rest: unknown[]) => {
    const { kept } = rest.at(-1) as { kept?: string }
    if (kept !== undefined) return kept
    return match.startsWith('--') || match.startsWith('/*') || match.startsWith('#') ? ' ' : '?'
  })
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters)}…`
}
