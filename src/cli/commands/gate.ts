/**
 * `genever gate`: what a release must pass. Each gate is a command of its own below it; a pipeline goes by exit codes.
 *
 *   genever gate slo │ telemetry ─▶ 0 pass │ 1 fail │ 2 no verdict
 */
import type { Command } from 'commander'
import type { CommandFile } from '../cli.ts'

const gates: Readonly<Record<string, { summary: string; load(): Promise<CommandFile> }>> = {
  slo: { summary: 'do the promises of services hold?', load: () => import('../slo-gate/gate-slo.ts') },
  telemetry: {
    summary: 'do the spans of a service arrive, and as many as its sampling promises?',
    load: () => import('../telemetry-gate/gate-telemetry.ts'),
  },
}

const help = `
Exit codes: 0 pass, 1 fail, 2 no verdict: too little is known, or it could not be asked. A pipeline goes on at 0 only.`

export async function configure(command: Command, words: readonly string[]): Promise<void> {
  command.addHelpText('after', help)
  for (const [name, { summary, load }] of Object.entries(gates)) {
    const gate = command.command(name).description(summary)
    if (words.includes(name)) await (await load()).configure(gate, words)
  }
}
