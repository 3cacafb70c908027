/**
 * Kinds of personal and secret data that can be recognised in any text, each with a cheap first look.
 *
 *   text ─▶ mayHold? ──no──▶ as it is
 *              └─yes─▶ pattern ─▶ isOne (check digits, ranges)? ─▶ replaced
 *
 * The patterns have no nested repetition without a limit, so that no text makes them slow.
 */

export type MaskKind = 'email' | 'phone' | 'card' | 'iban' | 'token' | 'ip'

export interface KindRule {
  /** Whether the text is worth a search. */
  mayHold(text: string): boolean
  readonly pattern: RegExp
  /** Whether what was found is one; default yes. */
  isOne?(found: string): boolean
  /** What may be shown of it. */
  partly(found: string): string
}

const digits = (text: string): string => text.replace(/\D/g, '')
const lastOnly = (shown: number) => (found: string) => `***${found.replace(/[^\da-z]/gi, '').slice(-shown)}`

export const kindRules: Readonly<Record<MaskKind, KindRule>> = {
  email: {
    mayHold: (text) => text.includes('@'),
    pattern: /[\w.+%-]{1,64}@[\da-z](?:[\da-z-]{0,62})(?:\.[\da-z-]{1,63}){1,8}/gi,
    partly: (found) => `${found.slice(0, 1)}***${found.slice(found.indexOf('@'))}`,
  },
  token: {
    mayHold: (text) =>
      /eyJ|bearer |basic |:\/\/[^\s/]{1,64}:|(?:gh[pousr]|github_pat|xox[abprs]|sk|rk)[_-]|glpat-|AKIA/i.test(text),
    pattern:
      /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*|(?<=\b(?:bearer|basic) )[\w.~+/=-]{8,}|(?<=:\/\/)[^\s:/@]{1,64}:[^\s@/]{1,256}(?=@)|\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|[sr]k_(?:live|test)_\w{10,}|AKIA[\dA-Z]{16})/gi,
    partly: (found) => `${found.slice(0, 4)}***`,
  },
  iban: {
    mayHold: (text) => text.length >= 15 && /[A-Z]{2}\d\d/.test(text),
    pattern: /\b[A-Z]{2}\d\d(?: ?[\dA-Z]){11,30}\b/g,
    isOne: isIban,
    partly: (found) => `${found.slice(0, 2)}***${found.replaceAll(' ', '').slice(-4)}`,
  },
  card: {
    mayHold: (text) => text.length >= 13 && /\d[\d -]{11}/.test(text),
    pattern: /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])/g,
    isOne: isCard,
    partly: lastOnly(4),
  },
  phone: {
    mayHold: (text) => /\+\d|00\d/.test(text),
    pattern: /(?<![\w.+])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\w)/g,
    partly: lastOnly(3),
  },
  ip: {
    mayHold: (text) => /\d\.\d|:[\da-f]{0,4}:/i.test(text),
    pattern: /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4}(?![\w:]|\.\d))/gi,
    isOne: isAddress,
    partly: (found) =>
      found.includes('.') ? found.replace(/\.\d+$/, '.*') : `${found.split(':').slice(0, 3).join(':')}:*`,
  },
}

/** Luhn's check digit (ISO/IEC 7812-1). */
function isCard(found: string): boolean {
  let sum = 0
  const plain = digits(found)
  for (let i = 0; i < plain.length; i++) {
    const digit = Number(plain[plain.length - 1 - i])
    const doubled = i % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return plain.length >= 13 && plain.length <= 19 && sum % 10 === 0 && !/^0+$/.test(plain)
}

/** The remainder by 97 (ISO 13616). */
function isIban(found: string): boolean {
  const plain = found.replaceAll(' ', '')
  if (plain.length < 15 || plain.length > 34) return false
  let rest = 0
  for (const character of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

function isAddress(found: string): boolean {
  if (!found.includes(':')) return found.split('.').every((octet) => Number(octet) <= 255)
  // Times such as 12:30:45 have the look of it and not the number of groups.
  return URL.canParse(`http://[${found}]`) && found !== '::'
}
