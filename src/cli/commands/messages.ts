/**
 * `genever messages`: how far groups are behind, what failed for good and why, and repairing it.
 *
 *   list │ dead │ replay │ discard ─▶ admin port of the service, or its broker (--file) ─▶ a table, or JSON
 */
import type { Command } from 'commander'
import type { GroupView, LettersRequest } from '../../service/operations/operations-api.ts'
import { durationText } from '../internal/duration.ts'
import { addOperatorOptions, type OperatorWords, operate, operatorHelp } from '../internal/operator.ts'
import { columns } from './routes.ts'

const help = `
A replay publishes a message again as it was, with its id, for the group alone that failed; its letter is removed when the broker
has it. What must happen once belongs behind an inbox.
${operatorHelp}

Examples:
  $ genever messages list                                      topics, groups, lag, retries, dead letters, the outbox
  $ genever messages dead orders.dead-letter                   what failed, and why
  $ genever messages dead orders.dead-letter --payload         with what they carry; secrets are hidden
  $ genever messages replay orders.dead-letter 12 13           two of them, by the position that 'dead' shows
  $ genever messages replay orders.dead-letter --all --group points --code NO_ACCOUNT
  $ genever messages discard orders.dead-letter --all --text 'no such order'
  $ genever messages list --file src/main.ts                   of a service that is not running`

interface FilterWords extends OperatorWords {
  readonly group?: string
  readonly code?: string
  readonly type?: string
  readonly text?: string
}

export function configure(command: Command): void {
  command.addHelpText('after', help)
  addOperatorOptions(command.command('list').description('topics and groups, and what waits in the outbox')).action(
    list,
  )
  addFilter(addOperatorOptions(command.command('dead').description('dead letters of a topic, the oldest first')))
    .argument('<topic>', "such as orders.dead-letter; 'list' names them")
    .option('--payload', 'what they carry, secrets hidden', false)
    .option('--limit <number>', 'at most so many', '50')
    .option('--after <position>', 'only those behind this one')
    .action(dead)
  addChoice(command.command('replay').description('publish dead letters again, to the group that failed'), 'replay')
  addChoice(command.command('discard').description('remove dead letters for good'), 'discard')
}

function addFilter(command: Command): Command {
  return command
    .option('--group <name>', 'of this group')
    .option('--code <code>', 'that failed with this code')
    .option('--type <type>', 'events of this type')
    .option('--text <text>', 'with this text in the reason')
}

function addChoice(command: Command, what: 'replay' | 'discard'): void {
  addFilter(addOperatorOptions(command))
    .argument('<topic>', "such as orders.dead-letter; 'list' names them")
    .argument('[positions...]', "which ones, as 'dead' shows them")
    .option('--all', 'all of them, or all that fit', false)
    .action((topic: string, positions: readonly string[], words: FilterWords & { all: boolean }, self: Command) =>
      settle(what, { topic, positions, words, self }),
    )
}

async function list(words: OperatorWords): Promise<void> {
  const view = await operate(words, 'messages')
  const outboxes = await operate(words, 'outbox').then(
    (found) => found.outboxes,
    () => [],
  )
  if (words.json === true) return console.log(JSON.stringify({ ...view, outboxes }, null, 2))
  for (const { name, kind, groups, deadLetters } of view.brokers) {
    const head = ['TOPIC', 'GROUP', 'LAG', 'IN FLIGHT', 'HANDLED', 'FAILED', 'RETRIED', 'DEAD', 'LAST ERROR']
    for (const line of columns([head, ...groups.map(groupRow)])) console.log(line)
    for (const { topic, letters } of deadLetters) {
      if (letters === null) console.error(`${name} (${kind}) cannot say how many dead letters are in ${topic}.`)
      else if (letters > 0) console.log(`${topic}  ${letters} dead letters`)
    }
  }
  for (const { name, messages, oldestMs, failed, relays } of outboxes) {
    const age = messages > 0 ? `, the oldest for ${durationText(oldestMs)}` : ''
    const refused = failed > 0 ? `, ${failed} refused for good` : ''
    console.log(`${name}  ${messages} waiting${age}${refused}, ${relays.length} relays`)
  }
}

function groupRow(group: GroupView): string[] {
  const { topic, lag, inFlight, handled, failed, retried, deadLettered, isPaused, lastError } = group
  const figures = [lag ?? '?', inFlight, handled, failed, retried, deadLettered].map(String)
  return [topic, isPaused ? `${group.group} (paused)` : group.group, ...figures, lastError?.code ?? '']
}

async function dead(
  topic: string,
  { payload, limit, after, ...words }: FilterWords & { payload: boolean; limit: string; after?: string },
): Promise<void> {
  const { group, code, type, text } = words
  const query = { topic, group, code, type, text, payload, after, limit: Number(limit) }
  const { letters, next } = await operate(words, 'deadLetters', { query })
  if (words.json === true) return console.log(JSON.stringify({ topic, letters, next }, null, 2))
  const rows = letters.map((letter) => [
    letter.position,
    letter.failedAt ?? '',
    letter.group,
    letter.type,
    letter.key ?? '',
    `${letter.attempts}×`,
    `${letter.code}: ${letter.reason}`,
  ])
  for (const [at, line] of columns(rows).entries()) {
    console.log(line)
    const shown = letters[at]?.payload
    if (shown !== undefined && shown !== null) console.log(shown.replaceAll(/^/gm, '    '))
  }
  if (letters.length === 0) console.error(`There are no dead letters in ${topic} that fit.`)
  if (next !== null) console.error(`There are more: --after ${next}`)
}

async function settle(
  what: 'replay' | 'discard',
  {
    topic,
    positions,
    words,
    self,
  }: { topic: string; positions: readonly string[]; words: FilterWords & { all: boolean }; self: Command },
): Promise<void> {
  const { all, group, code, type, text } = words
  if (all === positions.length > 0)
    self.error("error: name positions ('genever messages dead' shows them), or say --all")
  const body: LettersRequest = { topic, ...(all ? { all, group, code, type, text } : { positions }) }
  const { messages } = await operate(words, what, { body })
  if (words.json === true) return console.log(JSON.stringify({ topic, messages }))
  console.log(`${messages} ${what === 'replay' ? 'replayed' : 'discarded'}`)
}
