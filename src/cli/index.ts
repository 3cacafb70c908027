/**
 * Cli: the `genever` command.
 *
 *   main.ts ─▶ cli.ts ─▶ commands/NAME.ts, loaded when it is the one that was asked for ─▶ exit code
 */
export { runCli } from './cli.ts'
export { exitCode } from './exit-code.ts'
