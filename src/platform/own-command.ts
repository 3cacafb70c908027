/** The command line that started this process, for starting another one like it. */
export interface OwnCommand {
  readonly command: string
  readonly args: readonly string[]
}

export function ownCommand(): OwnCommand {
  return { command: process.execPath, args: [...process.execArgv, ...process.argv.slice(1)] }
}
