/** What a library says about an issue, without the value that it may quote. */

interface SpokenIssue {
  readonly message: string
  /** valibot: the value (or its length) as text. */
  readonly received?: unknown
}

/** Names of unknown members stand in some messages, and they are the sender's. */
const maxLength = 300

/** Below this, a value that stands in a message unquoted is more likely a word of the message. */
const minTelling = 4

/** Words of messages that a value may happen to be. */
const kinds = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null', 'undefined', 'date'])

/** The issue's message, shortened, and with `…` wherever the value at `keys` of `input` was quoted. */
export function speakable(issue: SpokenIssue, keys: readonly PropertyKey[], input: unknown): string {
  const message = withoutValue(withoutReceived(issue), valueAt(input, keys))
  return message.length > maxLength ? `${message.slice(0, maxLength)}…` : message
}

/** valibot ends with `but received "…"` or `: Received "…"`, arktype with `(was "…")`. */
function withoutReceived({ message, received }: SpokenIssue): string {
  const withoutWas = message.replace(/ \(was .*\)$/s, '')
  if (typeof received !== 'string' || !message.endsWith(`eceived ${received}`)) return withoutWas
  return message.slice(0, -received.length).replace(/(?: but|:) [rR]eceived $/, '')
}

function withoutValue(message: string, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return message
  const text = String(value)
  if (text === '' || kinds.has(text)) return message
  let safe = message
  for (const quoted of [JSON.stringify(text), `"${text}"`, `'${text}'`, `\`${text}\``]) {
    safe = safe.replaceAll(quoted, '…')
  }
  return text.length < minTelling ? safe : safe.replaceAll(text, '…')
}

function valueAt(input: unknown, keys: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of keys) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}
