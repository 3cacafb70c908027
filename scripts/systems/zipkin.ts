/** A Zipkin server of its own, in memory (from Maven Central; `node scripts/ci/zipkin.ts` fetches it). */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loopback, missingCommand, type System, startServer } from './server-process.ts'

export const zipkinArtifact = 'io.zipkin:zipkin-server:3.5.1:jar:exec'
/** Where its jar is kept; not in the repository. */
export const zipkinFolder: string = fileURLToPath(new URL('../../node_modules/.cache/zipkin', import.meta.url))
export const zipkinJar = `${zipkinFolder}/zipkin-server-3.5.1-exec.jar`

export const zipkinMissing: string | false =
  missingCommand('java', 'default-jre-headless') ||
  (!existsSync(zipkinJar) && 'Zipkin is not on this machine; node scripts/ci/zipkin.ts fetches it by Maven')

export interface ZipkinSystem extends System {
  readonly url: string
}

export async function startZipkin(): Promise<ZipkinSystem> {
  const server = await startServer({
    name: 'zipkin',
    command: 'java',
    args: ({ port }) => [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      zipkinJar,
      `--server.port=${port}`,
      '--logging.level.root=WARN',
    ],
    startTimeoutMs: 60_000,
    answers: async ({ port }) => {
      const answer = await fetch(`http://${loopback}:${port}/health`, { signal: AbortSignal.timeout(1_000) })
      if (!answer.ok) throw new Error(`it answers ${answer.status}`)
      await answer.text()
    },
  })
  return Object.assign(server, { url: `http://${loopback}:${server.port}` })
}
