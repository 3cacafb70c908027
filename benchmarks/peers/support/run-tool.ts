/** Runs a build tool to its end; what it printed is shown only when it fails. */
import { execFile } from 'node:child_process'

export interface RunToolOptions {
  /** Folder in which it runs. */
  cwd: string
  env?: Readonly<Record<string, string>>
}

/** Rejects with the tool's last lines, or with its name when this machine does not have it. */
export function runTool(tool: string, args: readonly string[], { cwd, env }: RunToolOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20 }
    execFile(tool, args, options, (error, stdout, stderr) => {
      if (error === null) resolve()
      else if (error.code === 'ENOENT') reject(new Error(`${tool} is not installed: the peer in ${cwd} needs it`))
      else reject(new Error(`${tool} ${args.join(' ')} failed:\n${lastLines(`${stdout}${stderr}`)}`, { cause: error }))
    })
  })
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-30).join('\n')
}
