/** Runs a command of the project and prints its output only when it fails. */
import { spawn } from 'node:child_process'

export interface RunOptions {
  env?: Record<string, string>
  /** Prints the output as it comes instead of only on failure. */
  live?: boolean
}

/** Resolves with whether the command ended with exit code 0. */
export function run(
  title: string,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<boolean> {
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: options.live ? 'inherit' : 'pipe',
      env: { ...process.env, ...options.env },
    })
    const output: Buffer[] = []
    child.stdout?.on('data', (piece: Buffer) => output.push(piece))
    child.stderr?.on('data', (piece: Buffer) => output.push(piece))
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)))
    child.on('close', (code) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`)
      if (code !== 0) process.stdout.write(Buffer.concat(output))
      resolve(code === 0)
    })
  })
}
