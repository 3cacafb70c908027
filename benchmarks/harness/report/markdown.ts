/** Results as a page: what was measured on what, and every figure beside Gin's and the limit's. */
import type { Results } from '../results.ts'
import { idleSection, memorySection, startSection, workersSection } from './footprint-section.ts'
import { loadSection, loadsOf } from './load-section.ts'
import { publishedSection } from './published-section.ts'

export function markdown(results: Results): string {
  const sections = [
    heading(results),
    ...loadsOf(results).map((load) => loadSection(results, load)),
    memorySection(results),
    startSection(results),
    idleSection(results),
    workersSection(results),
    publishedSection(results),
    failureSection(results),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function heading({ title, date, revision, base, machine, versions, settings }: Results): string {
  const against = base === undefined ? '' : ` against ${base}`
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `# ${title}`,
    `Measured ${date.slice(0, 16).replace('T', ' ')} UTC at ${revision}${against}, on ${machine.cores} cores of ${machine.processor}, ${machine.memoryGb} GB, ${machine.system}; load average before the start ${machine.loadBefore.toFixed(1)}; at most ${machine.openFiles.toLocaleString('en-US')} open files. ${used.join(' · ')}.`,
    `Settings: \`${JSON.stringify(settings)}\`.`,
    'Only ratios within one run mean anything; [the README](../README.md) says how it was measured and how to read it.',
  ].join('\n\n')
}

export function failureSection({ failures }: Pick<Results, 'failures'>): string {
  if (failures.length === 0) return ''
  const lines = failures.map(({ target, during, reason }) => `- ${target}, ${during}: ${reason}`)
  return `## Left out\n\n${lines.join('\n')}`
}
