/** Secrets: settings that are used and never shown. */
import type { SettingPath } from './config-source.ts'

export const secretText = '[secret]'

/** A value that a setting has and that is hidden wherever it is printed. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return secretText
  }

  toJSON(): string {
    return secretText
  }
}

/** Marks a value that is given in code, in defaults or overrides. The schema sees the value itself. */
export function secret(value: string): Secret {
  return new Secret(value)
}

/** What hides settings: the word in their name, or that somebody said so. */
export interface SecretRules {
  readonly isSecretName: (name: string) => boolean
  readonly secretPaths: readonly SettingPath[]
}

export function isSecretPath(path: SettingPath, { isSecretName, secretPaths }: SecretRules): boolean {
  const isListed = secretPaths.some((listed) => listed.every((name, i) => path[i] === name))
  return isListed || path.some(isSecretName)
}

/** The password of a URL, such as `postgres://orders:hunter2@db/orders`. */
const urlPassword = /^([a-z][a-z\d+.-]*:\/\/[^\s:/@]*):[^\s/]*@/i

/** `value` as it may be shown, JSON only: members with secret names and passwords in URLs are hidden. */
export function printable(value: unknown, isSecretName: (name: string) => boolean): unknown {
  if (typeof value === 'string') return value.replace(urlPassword, `$1:${secretText}@`)
  if (Array.isArray(value)) return value.map((item) => printable(item, isSecretName))
  if (isPlainObject(value)) {
    const shown = Object.entries(value).map(([name, member]) => [
      name,
      isSecretName(name) ? secretText : printable(member, isSecretName),
    ])
    return Object.fromEntries(shown)
  }
  const isJson = value === null || typeof value === 'boolean' || Number.isFinite(value)
  return isJson ? value : printable(String(value), isSecretName)
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
