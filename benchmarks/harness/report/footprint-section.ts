/** Memory, cold start, idle connections and workers as tables. */
import type { IdleResult, Memory, Results, StartRound, WorkersRound } from '../results.ts'
import { gin } from './load-section.ts'
import { median } from './summary.ts'
import { figure, mebibytes, ratio, table } from './table.ts'

/** A part of connections that may be gone before what the others take is no figure any more. */
const closedPart = 0.01

/** What people come for stands in the last column: the ratio to Gin. */
export function memorySection({ memory, targets }: Results): string {
  if (memory.length === 0) return ''
  const counts = memory[0]?.peaks.map(({ connections }) => connections) ?? []
  const base = memory.find(({ target }) => target === gin)?.peaks.at(-1)?.memory
  const rows = memory.map(({ target, idle, peaks, after }) => {
    const highest = peaks.at(-1)?.memory
    return [
      titleOf(targets, target),
      ...[idle, ...peaks.map((peak) => peak.memory), after].map(both),
      ratio(part(base?.rssKb, highest?.rssKb)),
      ratio(part(base?.privateKb, highest?.privateKb)),
    ]
  })
  const most = figure(counts.at(-1))
  const head = [
    '',
    'idle',
    ...counts.map((count) => `peak, ${figure(count)} connections`),
    'after',
    `Gin ÷ it, RSS at ${most}`,
    `Gin ÷ it, private at ${most}`,
  ]
  return `## Memory\n\nRSS / private in MiB\n\n${table(head, rows)}`
}

export function startSection({ start, targets }: Results): string {
  if (start.length === 0) return ''
  const byTarget = Map.groupBy(start, ({ target }) => target)
  const medianMs = (rounds: readonly StartRound[] | undefined) => median(rounds?.map(({ ms }) => ms) ?? [])
  const rows = [...byTarget].map(([target, rounds]) => [
    titleOf(targets, target),
    figure(Math.min(...rounds.map(({ ms }) => ms))),
    figure(medianMs(rounds)),
    figure(median(rounds.map(({ cpuMs }) => cpuMs))),
    mebibytes(median(rounds.map(({ rssKb }) => rssKb))),
    mebibytes(median(rounds.map(({ anonymousKb }) => anonymousKb))),
    ratio(part(medianMs(byTarget.get(gin)), medianMs(rounds))),
  ])
  const head = ['', 'best, ms', 'median, ms', 'CPU, ms', 'RSS, MiB', 'anonymous, MiB', 'Gin ÷ it']
  return `## Cold start\n\nFrom the start of the process to its first whole answer\n\n${table(head, rows)}`
}

export function idleSection({ idle, targets }: Results): string {
  const byAsked = Map.groupBy(idle, ({ asked }) => asked)
  return [...byAsked].map(([asked, group]) => idleTable(asked, group, targets)).join('\n\n')
}

function idleTable(asked: number, group: readonly IdleResult[], targets: Results['targets']): string {
  const base = group.find(({ target }) => target === gin)
  const rows = group.map((result) => [
    titleOf(targets, result.target),
    (result.opened - result.closed).toLocaleString('en-US'),
    both(result.holding),
    figure(perConnectionKb(result, 'rssKb')),
    figure(perConnectionKb(result, 'privateKb')),
    `${figure((result.cpuMs / result.seconds / 1_000) * 100)} %`,
    ratio(part(base && perConnectionKb(base, 'rssKb'), perConnectionKb(result, 'rssKb'))),
  ])
  const head = [
    '',
    'held',
    'RSS / private, MiB',
    'RSS each, KiB',
    'private each, KiB',
    'CPU of a core',
    'Gin ÷ it, RSS each',
  ]
  const fewer = group.some(({ opened }) => opened < asked)
    ? '\n\nFewer than asked: the open files of this machine, or the target, end it.'
    : ''
  const gone = group.some(({ closed }) => closed > 0)
    ? '\n\nWhat a target does not hold any more, its keep-alive timeout has closed; it has no figure for each.'
    : ''
  return `## ${figure(asked)} idle connections\n\nEach was used once, then held for ${group[0]?.seconds ?? 0} s${fewer}${gone}\n\n${table(head, rows)}`
}

export function workersSection({ workers, targets }: Results): string {
  if (workers.length === 0) return ''
  const rows = [...Map.groupBy(workers, ({ target }) => target)].map(([target, rounds]) => {
    const of = (count: number) => rounds.filter((round) => round.workers === count)
    const [one, two] = [of(1), of(2)]
    const perSecond = (some: readonly WorkersRound[]) => median(some.map((round) => round.perSecond))
    const cpuUs = (some: readonly WorkersRound[]) => Math.min(...some.map((round) => round.cpuUs))
    return [
      titleOf(targets, target),
      ...[one, two].map((some) => figure(perSecond(some))),
      ...[one, two].map((some) => figure(cpuUs(some))),
      ratio(part(cpuUs(one), cpuUs(two))),
    ]
  })
  const head = ['', 'answers/s, 1 worker', '2 workers', 'CPU µs each, 1 worker', '2 workers', '1 ÷ 2']
  const text =
    'GET /ping. The generators need both cores, too, so answers cannot double here; CPU time per request says what a core more brings: 1 is a second core like the first'
  return `## Two processes on one port\n\n${text}\n\n${table(head, rows)}`
}

/** NaN when the server closed them meanwhile: what is gone takes nothing. */
export function perConnectionKb({ before, holding, opened, closed }: IdleResult, field: keyof Memory): number {
  return closed > opened * closedPart ? Number.NaN : (holding[field] - before[field]) / opened
}

export function titleOf(targets: Results['targets'], target: string): string {
  return targets.find(({ name }) => name === target)?.title ?? target
}

function both({ rssKb, privateKb }: Memory): string {
  return `${mebibytes(rssKb)} / ${mebibytes(privateKb)}`
}

function part(other: number | undefined, own: number | undefined): number | undefined {
  return other === undefined || own === undefined ? undefined : other / own
}
