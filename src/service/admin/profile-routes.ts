/**
 * Profiles of this process on the admin port, for whoever has the admin token. `?by=NAME` says who asks, for those who read the log.
 *
 *   GET /debug/                              what there is
 *   GET /debug/pprof/profile?seconds=30      CPU, for `go tool pprof`
 *   GET /debug/profile.cpuprofile?seconds=30 CPU, for Chrome
 *
 * A caller who leaves ends the profile. Nothing of it is loaded before the first one.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { App } from '../../http/app.ts'
import type { HttpContext } from '../../http/context.ts'
import type { CpuRecording } from '../../profile/cpu-recording.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { requireToken } from './require-token.ts'

export interface ProfileRoutesOptions {
  /** Takes a line for every profile. */
  readonly log: Logger
  readonly token: string | undefined
}

/** What `go tool pprof` asks for when it is not told. */
const usualSeconds = '30'

const contents = `/debug/pprof/profile?seconds=30         CPU profile, for go tool pprof
/debug/profile.cpuprofile?seconds=30    CPU profile, for Chrome
`

export function addProfileRoutes(app: App, { log, token }: ProfileRoutesOptions): void {
  const routes = app.group('/debug', requireToken({ token, disabled: profilesDisabled }))
  routes.get('/', (c) => c.text(contents))
  routes.get('/pprof/profile', async (c) => {
    const recording = await record(c, log)
    c.header('content-disposition', 'attachment; filename="cpu.pb.gz"')
    return c.bytes(await recording.pprof())
  })
  routes.get('/profile.cpuprofile', async (c) => {
    const recording = await record(c, log)
    c.header('content-disposition', 'attachment; filename="cpu.cpuprofile"')
    return c.bytes(Buffer.from(recording.cpuprofile()), 'application/json')
  })
}

/** @throws ServiceError `BAD_PROFILE` (400) or `PROFILE_BUSY` (409). */
async function record(c: HttpContext, log: Logger): Promise<CpuRecording> {
  const { recordCpuProfile } = await import('../../profile/cpu-recording.ts')
  const seconds = Number(c.raw.query('seconds') ?? usualSeconds)
  const recording = recordCpuProfile({ seconds, signal: c.signal })
  const by = (c.raw.query('by') ?? 'admin').slice(0, 100)
  log.warn('a CPU profile was asked for', { seconds, by, address: c.ip })
  return recording
}

function profilesDisabled(): ServiceError {
  return new ServiceError('PROFILES_DISABLED', '/debug is refused until ADMIN_TOKEN is set.', { status: 403 })
}
