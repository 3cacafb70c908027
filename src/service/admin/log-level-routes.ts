/**
 * The log level on the admin port, for whoever has the admin token.
 *
 *   GET /log-level                                          { "level": "info" }
 *   PUT /log-level?by=NAME { "level": "debug", "durationMs": 600000 }
 *
 * With a duration the level goes back by itself: a service that was told to say more for a while is easily forgotten.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { App } from '../../http/app.ts'
import { isLogThreshold, logThresholds } from '../../telemetry/log-level.ts'
import type { LogLevelSwitch } from '../log-level-switch.ts'
import { requireToken } from './require-token.ts'

export function addLogLevelRoutes(app: App, level: LogLevelSwitch, token: string | undefined): void {
  const mayChange = requireToken({ token, disabled })
  app.get('/log-level', mayChange, (c) => c.json(level.view()))
  app.put('/log-level', mayChange, async (c) => {
    const { level: wanted, durationMs } = Object(await c.raw.json())
    if (typeof wanted !== 'string' || !isLogThreshold(wanted))
      throw badLevel(`level: expected ${logThresholds.join(', ')}`)
    if (durationMs !== undefined && !(Number.isInteger(durationMs) && durationMs > 0 && durationMs <= maxDurationMs)) {
      throw badLevel(`durationMs: expected a whole number from 1 to ${maxDurationMs}`)
    }
    const by = (c.raw.query('by') ?? 'admin').slice(0, 100)
    await level.set(wanted, { by, from: c.ip, ...(durationMs !== undefined && { durationMs }) })
    return c.json(level.view())
  })
}

/** A week. */
const maxDurationMs = 604_800_000

function badLevel(problem: string): ServiceError {
  return new ServiceError('BAD_LOG_LEVEL', `The log level cannot be changed: ${problem}.`, { status: 400 })
}

function disabled(): ServiceError {
  return new ServiceError('LOG_LEVEL_DISABLED', '/log-level is refused until ADMIN_TOKEN is set.', { status: 403 })
}
