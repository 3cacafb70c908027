/** tickets: a seat is held for a minute; then somebody else may have it. */
import { type Clock, createService, type Service, ServiceError } from 'genever'
import { systemClock } from 'genever/foundation'

const holdMs = 60_000

/** A function makes the service, so that a test can give it a clock and have a new one for each case. */
export function createTickets(clock: Clock = systemClock): Service {
  const service = createService({ name: 'tickets' })
  const heldUntilMs = new Map<string, number>()
  service.add({ name: 'printer', start: () => console.log('printer is on') })

  service.http.post('/seats/:seat', (c) => {
    const { seat } = c.params
    if ((heldUntilMs.get(seat) ?? 0) > clock.now()) {
      throw new ServiceError('SEAT_TAKEN', `Seat ${seat} is held by somebody else.`, { status: 409 })
    }
    heldUntilMs.set(seat, clock.now() + holdMs)
    service.log.info('seat held', { seat })
    return c.json({ seat }, 201)
  })
  return service
}
