/**
 * AllowList: what a reader of definitions may take for known.
 *
 *   node ─▶ kind, every option and every check on the list? ──no──▶ the library runs, for the whole schema
 *              └─yes─▶ a plan, whose meaning is exactly that of the library
 *
 * What is not listed may refine or transform; a check without it would let through what the author forbade. A list, not
 * a search for what is dangerous: the next version of a library has kinds that nobody here has heard of.
 */

export interface AllowList {
  /** Names of node kinds. */
  readonly kinds: Names
  /** Names of checks, actions and formats. */
  readonly checks: Names
  /** Keys that a definition of this kind or check may have. */
  options(kind: string): Names
  /** Releases of the library whose meaning is known; see each reader. */
  readonly versions: Names
}

export interface Names {
  has(name: string): boolean
}

/** Thrown, and caught, by those who read a definition. */
export class NotCompiled extends Error {}

export function words(text: string): ReadonlySet<string> {
  const trimmed = text.trim()
  return new Set(trimmed === '' ? [] : trimmed.split(/\s+/))
}

/** Allows what is named in the table: `kind: 'option option'`. */
export function optionsOf(table: Readonly<Record<string, string>>): (kind: string) => Names {
  const known = new Map(Object.entries(table).map(([kind, text]) => [kind, words(text)]))
  return (kind) => known.get(kind) ?? none
}

const none: Names = { has: () => false }

/** Everything: for tests that must find a difference when there is no list. */
const all: Names = { has: () => true }
export const everything: AllowList = { kinds: all, checks: all, versions: all, options: () => all }
