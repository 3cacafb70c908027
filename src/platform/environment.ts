/** What this process was started with. */

export type Environment = Readonly<Record<string, string | undefined>>

/** The variables of this process as they are now. */
export const processEnvironment: Environment = process.env

/** What follows the file on the command line. */
export function commandLine(): readonly string[] {
  return process.argv.slice(2)
}

/** The file that was started, as an absolute path; undefined for code given by a flag. */
export function mainFile(): string | undefined {
  return process.argv[1]
}

export function workingFolder(): string {
  return process.cwd()
}

/** Reads a variable and removes it, so that processes started from here do not take it for theirs. */
export function takeVariable(name: string): string | undefined {
  const value = process.env[name]
  delete process.env[name]
  return value
}
