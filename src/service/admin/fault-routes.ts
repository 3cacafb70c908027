/**
 * Faults on the admin port, for whoever has the admin token. `?by=NAME` says who asks, for those who read the list later.
 *
 *   GET    /faults        what is active, what has ended, and the limits
 *   POST   /faults        injects the fault in the body; 201 with its id and its end
 *   DELETE /faults/:id    stops one; 200 with how it was
 *   DELETE /faults        stops all
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { App } from '../../http/app.ts'
import type { HttpContext } from '../../http/context.ts'
import type { FaultOrigin, FaultRegistry } from '../../resilience/fault/fault-registry.ts'
import { requireToken } from './require-token.ts'

export interface FaultRoutesOptions {
  /** Loaded when the first request for it comes. */
  readonly registry: () => Promise<FaultRegistry>
  readonly token: string | undefined
}

export function addFaultRoutes(app: App, { registry, token }: FaultRoutesOptions): void {
  const routes = app.group('/faults', requireToken({ token, disabled: faultsDisabled }))
  routes.get('', async (c) => c.json((await registry()).view()))
  routes.post('', async (c) => {
    const fault = await c.raw.json()
    return c.json(await (await registry()).inject(fault, originOf(c)), 201)
  })
  routes.delete('/:id', async (c) => c.json(await (await registry()).stop(c.params.id, originOf(c))))
  routes.delete('', async (c) => c.json({ stopped: await (await registry()).stopAll(originOf(c)) }))
}

/** @throws ServiceError `BAD_QUERY` (400) for a name that would spoil the list. */
function originOf(c: HttpContext): FaultOrigin {
  const by = c.raw.query('by') ?? 'admin'
  if (/^[^\p{Cc}]{1,100}$/u.test(by)) return { by, from: c.ip }
  throw new ServiceError('BAD_QUERY', 'by: expected a name of 1 to 100 characters without control characters.', {
    status: 400,
  })
}

function faultsDisabled(): ServiceError {
  return new ServiceError('FAULTS_DISABLED', '/faults is refused until ADMIN_TOKEN is set.', { status: 403 })
}
