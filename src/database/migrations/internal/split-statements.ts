/**
 * splitStatements: the statements of a file of SQL, one after the other.
 *
 *   create table a (x text default ';'); -- a; b ⏎ insert … ; ─▶ [create table …, insert …]
 *
 * A trigger, procedure, function or event of SQLite and MySQL ends at the `;` behind its last `end`.
 */
import type { DialectName } from '../../dialect.ts'
import { sqlTokens } from '../../internal/sql-tokens.ts'

const hasBody = /^create\b[^(]*?\b(?:trigger|procedure|function|event)\b/i
const opens = /^(?:begin|case)$/i
const bodyWord = /\bend\s+(?:if|loop|while|repeat)\b|\bend(?:\s+case)?\b|\b(?:begin|case)\b/gi

export function splitStatements(sql: string, dialect: DialectName): string[] {
  const statements: string[] = []
  let from = 0
  for (const at of ends(sql, dialect)) {
    if (dialect !== 'postgres' && isInBody(words(sql.slice(from, at), dialect))) continue
    statements.push(sql.slice(from, at))
    from = at + 1
  }
  statements.push(sql.slice(from))
  return statements.map((statement) => statement.trim()).filter((statement) => words(statement, dialect) !== '')
}

/** Where a `;` stands that is no part of a string, a comment or a name. */
function* ends(sql: string, dialect: DialectName): Generator<number> {
  const skipped = [...sql.matchAll(sqlTokens[dialect])].map(
    ({ index, 0: text }) => [index, index + text.length] as const,
  )
  let next = 0
  for (let at = sql.indexOf(';'); at !== -1; at = sql.indexOf(';', at + 1)) {
    for (let token = skipped[next]; token !== undefined && token[1] <= at; token = skipped[next]) next++
    const token = skipped[next]
    if (token === undefined || at < token[0]) yield at
  }
}

/** The text without what is in quotes and comments. */
function words(sql: string, dialect: DialectName): string {
  return sql.replace(sqlTokens[dialect], ' ').trim()
}

function isInBody(text: string): boolean {
  if (!hasBody.test(text)) return false
  let depth = 0
  for (const [word] of text.matchAll(bodyWord)) {
    if (opens.test(word)) depth++
    else if (/^end(?:\s+case)?$/i.test(word)) depth--
  }
  return depth > 0
}
