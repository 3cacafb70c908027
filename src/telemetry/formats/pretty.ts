/**
 * Lines for people at a terminal; an error's stack follows below its line.
 *
 *   12:00:00.123 INFO  order placed  orderId=17 total="12.50 EUR"  ⟨0af76519⟩
 *
 * The last word is the beginning of the trace id.
 */
import type { LogFormat, LogRecord } from '../log-format.ts'
import type { LogFields, LogLevel } from '../logger.ts'
import { BoundedJson, type BoundedJsonOptions } from './bounded-json.ts'

export interface PrettyFormatOptions extends Omit<BoundedJsonOptions, 'reservedNames'> {
  /** Whether to use ANSI colours; default false. `wantsColor` knows what the user wishes. */
  readonly color?: boolean
  /** Minutes to add to UTC for the time shown; default the machine's zone at the time of the line. */
  readonly utcOffsetMinutes?: number
}

const ansi = { dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const
type Color = keyof typeof ansi

const levelColor: Readonly<Record<LogLevel, Color>> = {
  trace: 'dim',
  debug: 'blue',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'magenta',
}

export function prettyFormat({ color = false, utcOffsetMinutes, ...options }: PrettyFormatOptions = {}): LogFormat {
  const json = new BoundedJson({ ...options, withStacks: false })
  const withStacks = options.withStacks ?? true
  const paint = (name: Color, text: string): string => (color ? `\x1b[${ansi[name]}m${text}\x1b[0m` : text)

  const fieldTexts = (fields: LogFields): string =>
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${paint('cyan', printable(name))}=${fieldText(json, name, value)}`)
      .join('')

  return {
    bind: fieldTexts,
    line({ timeMs, level, message, trace, bound, fields = {} }: LogRecord): string {
      const time = paint('dim', timeOfDay(timeMs, utcOffsetMinutes))
      const label = paint(levelColor[level], level.toUpperCase().padEnd(5))
      const texts = fieldTexts(fields) + bound
      const origin = trace === undefined ? '' : `  ${paint('dim', `⟨${trace.traceId.slice(0, 8)}⟩`)}`
      const stacks = withStacks ? stacksOf(fields).map((stack) => paint('dim', stack)) : []
      return `${time} ${label} ${printable(String(message))}${texts === '' ? '' : ` ${texts}`}${origin}\n${stacks.join('')}`
    },
  }
}

/**
 * Whether to colour: `NO_COLOR` (no-color.org) and `FORCE_COLOR` decide if they are set, a terminal that can do it otherwise.
 * FORCE_COLOR wins over NO_COLOR, as in Node.js.
 */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const force = env.FORCE_COLOR
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return isTerminal && env.TERM !== 'dumb'
}

function timeOfDay(timeMs: number, utcOffsetMinutes: number | undefined): string {
  const offset = utcOffsetMinutes ?? -new Date(timeMs).getTimezoneOffset()
  return new Date(timeMs + offset * 60_000).toISOString().slice(11, -1)
}

function fieldText(json: BoundedJson, name: string, value: unknown): string {
  const text = json.value(name, isErrorLike(value) ? `${value.name}: ${value.message}` : value)
  const isPlainWord = /^"[\w.,:/@+[\]-]+"$/.test(text)
  return isPlainWord ? text.slice(1, -1) : text
}

function stacksOf(fields: LogFields): string[] {
  const stacks: string[] = []
  for (const value of Object.values(fields)) {
    for (let error = value; isErrorLike(error) && stacks.length < maxStacks; error = error.cause) {
      const head = error === value ? '' : 'caused by '
      stacks.push(`    ${head}${printable(error.stack, '\n    ')}\n`)
    }
  }
  return stacks
}

const maxStacks = 8

interface ErrorLike {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly cause?: unknown
}

/** An error, or what a JSON line has left of one. */
function isErrorLike(value: unknown): value is ErrorLike {
  if (typeof value !== 'object' || value === null) return false
  const { name, message, stack } = value as Partial<Record<keyof ErrorLike, unknown>>
  return typeof name === 'string' && typeof message === 'string' && typeof stack === 'string'
}

/** Escapes control characters: text from outside must not move the cursor or imitate a line. */
function printable(text: string, newline = '\\n'): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) =>
    character === '\n' ? newline : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
