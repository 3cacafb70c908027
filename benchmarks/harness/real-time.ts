/**
 * Real-time priority for this run and all that it starts: on a machine that others use as well, a server is as undisturbed as on one of
 * its own. As root only, on Linux with two cores and more. See breathe.c for what the others get.
 */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { buildProgram } from './programs.ts'

const priority = 20

/** Resolves when it holds; it ends with this process. @throws Error if it is not allowed. */
export async function takeRealTime(cache: string): Promise<void> {
  const breathe = await buildProgram('generator/breathe', cache)
  const own = String(process.pid)
  await promisify(execFile)('chrt', ['--rr', '--pid', String(priority), own]).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new Error(`--real-time needs chrt (Debian: util-linux) and root: ${said}`)
  })
  spawn(breathe, [own], { stdio: 'ignore' }).unref()
}
