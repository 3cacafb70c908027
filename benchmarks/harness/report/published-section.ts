/** The figures that articles publish for Gin, and the same figures of this run beside them. */
import type { Results } from '../results.ts'
import { perConnectionKb, titleOf } from './footprint-section.ts'
import { published } from './published.ts'
import { median, summarize } from './summary.ts'
import { figure, mebibytes, table } from './table.ts'

const connections = 1_000
const idleConnections = 100_000

export function publishedSection(results: Results): string {
  const rows = results.targets
    .map(({ name }) => [titleOf(results.targets, name), ...figuresOf(results, name)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '–'))
  if (rows.length === 0) return ''
  const article = [
    'Gin, as articles publish it',
    published.perSecond,
    published.p99Ms,
    published.rss,
    published.idle,
    published.start,
  ]
  const head = [
    '',
    'answers/s, 1,000 connections',
    'p99, ms',
    'RSS, MiB',
    '100,000 idle connections, MiB',
    'cold start, ms',
  ]
  return [
    '## Beside what articles publish',
    'The articles set Gin on a machine of theirs against Node.js, Java and Python. This run is one core of this machine: compare Gin here with the others here. What 100,000 connections take is computed from what each of those took that were held.',
    table(head, [article, ...rows]),
  ].join('\n\n')
}

function figuresOf(results: Results, target: string): string[] {
  const load = summarize(results, { target, scenario: 'a', connections, rate: 0 })
  const peak = results.memory.find((one) => one.target === target)?.peaks.find((one) => one.connections === connections)
  const starts = results.start.filter((one) => one.target === target).map(({ ms }) => ms)
  const idle = results.idle.findLast((one) => one.target === target)
  const idleKb = idle && idle.before.rssKb + perConnectionKb(idle, 'rssKb') * idleConnections
  return [
    figure(load?.perSecond),
    figure(load?.p99Ms),
    mebibytes(peak?.memory.rssKb),
    mebibytes(idleKb),
    figure(median(starts)),
  ]
}
