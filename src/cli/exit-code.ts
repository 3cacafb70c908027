/** ExitCode: how the `genever` command ends, for scripts. */
export const exitCode = {
  done: 0,
  /** What was asked for failed; the last line on standard error says why. */
  failed: 1,
  /** The command line was not understood; nothing was done. */
  usage: 2,
} as const
