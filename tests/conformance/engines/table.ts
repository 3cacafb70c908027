/**
 * The matrix as Markdown, and back. `=` stands for what the sockets engine does; it does the same on both runtimes.
 */
import { keyOf, llhttpCases, type Observations } from './observe.ts'
import { situations } from './situations.ts'

export interface Columns {
  readonly sockets: Observations
  readonly node: Observations
  readonly bun: Observations
}

const same = '='

export function situationsTable(columns: Columns): string {
  return Object.entries(situations)
    .map(([group, list]) => {
      const rows = list.map((situation) => {
        const key = keyOf(group, situation)
        const cells = cellsFor(columns, key)
        const differs = cells.slice(1).some((cell) => cell !== same)
        return row([situation.name, ...cells, differs ? (situation.note ?? '') : ''])
      })
      const title = [group, '`sockets`', '`native` on Node.js', '`native` on Bun', 'why']
      return [row(title), row(title.map(() => '---')), ...rows].join('\n')
    })
    .join('\n\n')
}

export function llhttpTable(columns: Columns): string {
  const ids = llhttpCases().map(({ id }) => id)
  const rows = ids
    .map((id) => [id, cellsFor(columns, id)] as const)
    .filter(([, [, ...native]]) => native.some((cell) => cell !== same))
  const title = ['llhttp case', '`sockets`', '`native` on Node.js', '`native` on Bun']
  const table = [row(title), row(title.map(() => '---')), ...rows.map(([id, cells]) => row([`\`${id}\``, ...cells]))]
  return [
    `Of ${ids.length} cases, ${ids.length - rows.length} come out alike everywhere; the others:`,
    '',
    ...table,
  ].join('\n')
}

function cellsFor({ sockets, node, bun }: Columns, key: string): [string, string, string] {
  const expected = sockets[key] ?? '?'
  return [
    expected,
    ...([node[key] ?? '?', bun[key] ?? '?'].map((cell) => (cell === expected ? same : cell)) as [string, string]),
  ]
}

/** What the page says of a column, cell by cell, without those that it leaves out because they are alike. */
export function readColumn(page: string, column: keyof Columns): Map<string, string> {
  const at = { sockets: 1, node: 2, bun: 3 }[column]
  const cells = new Map<string, string>()
  let group = ''
  for (const line of page.split('\n')) {
    if (!line.startsWith('| ')) continue
    const columns = line.slice(2, -2).split(' | ').map(unescaped)
    const [first = '', sockets = ''] = columns
    if (sockets === '`sockets`') group = first
    else if (first !== '---') {
      const key = group === 'llhttp case' ? first.slice(1, -1) : `${group}: ${first}`
      const cell = columns[at] ?? '?'
      cells.set(key, cell === same ? sockets : cell)
    }
  }
  return cells
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(escaped).join(' | ')} |`
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}

function unescaped(cell: string): string {
  return cell.replaceAll('\\|', '|')
}
