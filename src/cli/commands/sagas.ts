/**
 * `genever sagas`: which business transactions are under way, how far each is, and helping those that are stuck.
 *
 *   list │ show │ retry │ cancel ─▶ admin port of the service, or its database (--file) ─▶ a table, a drawing, or JSON
 */
import { type Command, Option } from 'commander'
import type { SagaSummary, SagaView } from '../../service/operations/operations-api.ts'
import { durationText } from '../internal/duration.ts'
import { addOperatorOptions, type OperatorWords, operate, operatorHelp } from '../internal/operator.ts'
import { sagaDrawing } from '../internal/saga-drawing.ts'
import { columns } from './routes.ts'

const help = `
'retry' has the next attempt begin now, instead of when it is due; 'cancel' has everything undone that was done, as far as the saga
has not passed its point of no return.
${operatorHelp}

Examples:
  $ genever sagas list                           the latest ones, of every status
  $ genever sagas list --status open             those that are not over
  $ genever sagas list --trouble                 those that do not get on by themselves
  $ genever sagas show 0198…                     its steps as a drawing, and its history
  ✓ reserve ──▶ ✗ pay ──▶ · ship
  ↩ undone
  $ genever sagas show 0198… --payload           with its input and what its steps gave; secrets are hidden
  $ genever sagas retry 0198…
  $ genever sagas cancel 0198…
  $ genever sagas list --file src/main.ts        of a service that is not running`

const statuses = ['running', 'compensating', 'done', 'compensated', 'open'] as const

interface ListWords extends OperatorWords {
  readonly status?: (typeof statuses)[number]
  readonly name?: string
  readonly trouble: boolean
  readonly limit: string
  readonly after?: string
}

export function configure(command: Command): void {
  command.addHelpText('after', help)
  addOperatorOptions(command.command('list').description('instances, the latest first'))
    .addOption(new Option('--status <status>', 'only of this one; open: running or compensating').choices(statuses))
    .option('--name <saga>', 'only of this saga')
    .option('--trouble', 'only those that do not get on by themselves', false)
    .option('--limit <number>', 'at most so many', '50')
    .option('--after <place>', 'where the page before ended')
    .action(list)
  addOperatorOptions(command.command('show').description('one of them: its steps, its history, who has it'))
    .argument('<id>')
    .option('--payload', 'its input and what its steps gave, secrets hidden', false)
    .action(show)
  for (const [what, description] of [
    ['retry', 'have its next attempt begin now'],
    ['cancel', 'have it undone'],
  ] as const) {
    addOperatorOptions(command.command(what).description(description))
      .argument('<ids...>')
      .action((ids: readonly string[], words: OperatorWords) => change(what, ids, words))
  }
}

async function list({ status, name, trouble, limit, after, ...words }: ListWords): Promise<void> {
  const query = { status, name, ...(trouble && { trouble }), limit: Number(limit), after }
  const view = await operate(words, 'sagas', { query })
  if (words.json === true) return console.log(JSON.stringify(view, null, 2))
  for (const line of columns(view.instances.map(summaryRow))) console.log(line)
  if (view.instances.length === 0) console.error(`'${view.service}' has no saga that fits.`)
  if (view.next !== null) console.error(`There are more: --after ${view.next}`)
}

function summaryRow({ id, name, version, status, trouble, begunAt, step, error }: SagaSummary): string[] {
  const age = durationText(Math.max(0, Date.now() - Date.parse(begunAt)))
  return [id, `${name} v${version}`, status, step ?? '', `${age} ago`, trouble ?? '', error?.code ?? '']
}

async function show(id: string, { payload, ...words }: OperatorWords & { payload: boolean }): Promise<void> {
  const view = await operate(words, 'saga', { params: { id }, query: payload ? { payload } : {} })
  if (words.json === true) return console.log(JSON.stringify(view, null, 2))
  for (const line of [...headOf(view), '', ...sagaDrawing(view.steps), '', ...historyOf(view)]) console.log(line)
  if (view.input !== null) console.log(`\ninput ${view.input}`)
}

function headOf({ id, name, version, status, trouble, error, ...view }: SagaView): string[] {
  const { owner, epoch, leaseUntil, due, deadline, traceId, isCancelWished } = view
  const facts: [string, string | null][] = [
    ['trouble', trouble],
    ['error', error === null ? null : `${error.code}: ${error.reason}`],
    ['cancel', isCancelWished && status === 'running' ? 'asked for' : null],
    ['owner', owner === null ? null : `${owner}, fence ${epoch}, lease until ${leaseUntil ?? 'now'}`],
    ['due', due],
    ['deadline', deadline],
    ['trace', traceId],
  ]
  const shown = facts.filter((fact): fact is [string, string] => fact[1] !== null)
  return [`${name} v${version}  ${status}  ${id}`, ...columns(shown.map(([what, text]) => [`  ${what}`, text]))]
}

function historyOf({ history }: SagaView): string[] {
  const rows = history.map(({ at, kind, step, attempt, code, reason, output }) => [
    at,
    kind,
    step ?? '',
    attempt === null || attempt === 1 ? '' : `${attempt}.`,
    [code === null ? '' : `${code}: ${reason}`, output === null ? '' : output.replaceAll(/\s+/g, ' ')]
      .filter((text) => text !== '')
      .join(' '),
  ])
  return columns(rows)
}

async function change(what: 'retry' | 'cancel', ids: readonly string[], words: OperatorWords): Promise<void> {
  for (const id of ids) {
    const view = await operate(words, what === 'retry' ? 'retrySaga' : 'cancelSaga', { params: { id } })
    if (words.json === true) console.log(JSON.stringify(view))
    else console.log(`${id}  ${what === 'retry' ? 'is tried again' : 'is being undone'}`)
  }
}
