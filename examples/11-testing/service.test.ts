import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock, testService } from 'genever/testing'
import { createTickets } from './service.ts'

const hold = { method: 'POST' }

describe('tickets', () => {
  it('gives a seat to one, until a minute has passed', async () => {
    const clock = new ManualClock()
    const { http } = createTickets(clock)
    assert.equal((await http.request('/seats/1a', hold)).status, 201)
    assert.equal((await http.request('/seats/1a', hold)).status, 409)
    await clock.advance(60_000)
    assert.equal((await http.request('/seats/1a', hold)).status, 201)
  })

  it('is not ready while the printer is down', async () => {
    const service = createTickets()
    service.replace({ name: 'printer', health: () => ({ status: 'DOWN', error: 'no paper' }) })
    await using tickets = await testService(service)
    assert.equal((await tickets.fetchAdmin('/readyz')).status, 503)
  })

  it('logs which seat is held', async () => {
    const service = createTickets()
    service.replace({ name: 'printer' })
    await using tickets = await testService(service)
    await tickets.fetch('/seats/2b', hold)
    const [line] = tickets.logs.filter(({ message }) => message === 'seat held')
    assert.equal(line?.seat, '2b')
  })
})
