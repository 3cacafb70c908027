/**
 * SecretNames: which names hold secrets, for logs and for printed configuration.
 *
 * A name is secret if it contains one of the words, once case and punctuation are removed: `token` covers `accessToken`,
 * `x-auth-token` and `REFRESH_TOKEN`. That hides a `tokenCount` too; the error is on the safe side, and `except` corrects it.
 */

export interface SecretNameOptions {
  /** Words besides the built-in ones. */
  readonly words?: readonly string[]
  /** Whole names that are not secret although they contain a word. */
  readonly except?: readonly string[]
}

export type SecretNames = (name: string) => boolean

const builtInWords = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'apikey',
  'accesskey',
  'privatekey',
  'sessionid',
]

export function secretNames({ words = [], except = [] }: SecretNameOptions = {}): SecretNames {
  const sought = [...builtInWords, ...words.map(bare).filter((word) => word !== '')]
  const excepted = new Set(except.map(bare))
  return (name) => {
    const plain = bare(name)
    return sought.some((word) => plain.includes(word)) && !excepted.has(plain)
  }
}

function bare(name: string): string {
  const lower = name.toLowerCase()
  return /^[ -~]*$/.test(name) ? lower.replace(/[^a-z0-9]/g, '') : withoutPunctuation(lower)
}

/** Apart, because the Unicode classes take an engine milliseconds to compile and few names need them. */
function withoutPunctuation(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, '')
}
