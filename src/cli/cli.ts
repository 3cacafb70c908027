/**
 * The command line: words → command → outcome → exit code.
 *
 *   genever new hello ─▶ program ─▶ commands/new.ts (only this one is loaded) ─▶ done │ ServiceError │ CommanderError
 *                                                                                 0        1              2
 *
 * What a command finds out goes to standard output, everything said about it to standard error.
 */
import { Command, CommanderError } from 'commander'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { commandLine } from '../platform/environment.ts'
import { EndedWith } from './ended-with.ts'
import { exitCode } from './exit-code.ts'
import { packageVersion } from './package-version.ts'

/** What each file in `commands/` exports: it completes a command that so far has only a name and a summary. */
export interface CommandFile {
  /** @param words The whole command line, for one that has commands below it. */
  configure(command: Command, words: readonly string[]): void | Promise<void>
}

const commands: Readonly<Record<string, { summary: string; load(): Promise<CommandFile> }>> = {
  new: { summary: 'make a service or a workspace that runs at once', load: () => import('./commands/new.ts') },
  dev: { summary: 'run the services of a workspace and restart what changes', load: () => import('./commands/dev.ts') },
  dashboard: {
    summary: 'show what anything that speaks OTLP sends: traces, logs, metrics, topology',
    load: () => import('./commands/dashboard.ts'),
  },
  build: { summary: 'make each service one file that starts at once', load: () => import('./commands/build.ts') },
  migrate: {
    summary: 'bring a database to where its migrations say: up, down, status',
    load: () => import('./commands/migrate.ts'),
  },
  routes: { summary: 'list what a service answers', load: () => import('./commands/routes.ts') },
  slo: {
    summary: 'print what watches the promises of a service: rules, alerts, dashboard',
    load: () => import('./commands/slo.ts'),
  },
  inspect: { summary: 'print what a service declares, as JSON', load: () => import('./commands/inspect.ts') },
  gate: { summary: 'what a release must pass: slo, telemetry', load: () => import('./commands/gate.ts') },
  fault: {
    summary: 'have a running service fail on purpose: list, inject, stop',
    load: () => import('./commands/fault.ts'),
  },
  messages: {
    summary: 'what groups have not handled and what failed for good: list, dead, replay, discard',
    load: () => import('./commands/messages.ts'),
  },
  sagas: {
    summary: 'transactions over services, step by step: list, show, retry, cancel',
    load: () => import('./commands/sagas.ts'),
  },
  warmup: { summary: 'run the warm-up hooks of a service and end', load: () => import('./commands/warmup.ts') },
}

const examples = `
Examples:
  $ genever new hello              a service in ./hello: cd hello && npm install && npm start
  $ genever new shop --workspace   two services that call each other
  $ genever dev                    all services of this workspace, restarted when their source changes
  $ genever build                  each of them as one file: dist/NAME.mjs
  $ genever routes src/main.ts     method, path and name of every route
  $ genever help dev               more about one command

Exit codes: ${exitCode.done} done, ${exitCode.failed} failed (standard error says why), ${exitCode.usage} not understood.`

/** Runs the command that `words` name; default: those this process was started with. Resolves with the exit code. */
export async function runCli(words: readonly string[] = commandLine()): Promise<number> {
  try {
    const program = await createProgram(words)
    await program.parseAsync(words, { from: 'user' })
    return exitCode.done
  } catch (error) {
    return report(error)
  }
}

async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('genever')
    .description('Write, run, ship and operate microservices in TypeScript.')
    .version(await packageVersion(), '-v, --version')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', examples)
    .showHelpAfterError("('genever --help' lists the commands)")
    .exitOverride()
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program
      .command(name)
      .description(summary)
      .showHelpAfterError(`('genever help ${name}' explains it)`)
    if (words.includes(name)) await (await load()).configure(command, words)
  }
  return program
}

function report(error: unknown): number {
  if (error instanceof EndedWith) {
    if (error.cause !== undefined) console.error(describe(error.cause))
    return error.code
  }
  // Commander has printed the error, or the help that was asked for, before it throws.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  console.error(describe(error))
  return exitCode.failed
}

/** Our own errors explain themselves; of any other the stack is the only help there is. */
function describe(error: unknown): string {
  if (error instanceof ServiceError) return `genever: ${error.message} (${error.code})${causeOf(error)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function causeOf({ cause }: ServiceError): string {
  return cause === undefined ? '' : `\n${describe(cause)}`
}
