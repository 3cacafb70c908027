import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../clock/manual-clock.ts'
import { ServiceError } from '../errors/service-error.ts'
import type { Component } from './component.ts'
import { Lifecycle } from './lifecycle.ts'

function recorded(name: string, events: string[]): Component {
  return {
    name,
    start: () => void events.push(`${name} start`),
    drain: () => void events.push(`${name} drain`),
    stop: () => void events.push(`${name} stop`),
  }
}

describe('Lifecycle', () => {
  it('starts in order; drains all, then stops all, in reverse', async () => {
    const events: string[] = []
    const lifecycle = new Lifecycle()
    lifecycle.add(recorded('database', events))
    lifecycle.add(recorded('server', events))
    await lifecycle.start()
    assert.equal(lifecycle.state, 'started')
    assert.deepEqual(await lifecycle.stop(1_000), [])
    assert.equal(lifecycle.state, 'stopped')
    assert.deepEqual(events, [
      'database start',
      'server start',
      'server drain',
      'database drain',
      'server stop',
      'database stop',
    ])
  })

  it('stops what had started when one fails to start, and throws the failure', async () => {
    const events: string[] = []
    const lifecycle = new Lifecycle()
    lifecycle.add(recorded('database', events))
    lifecycle.add({ name: 'broker', start: () => Promise.reject(new Error('refused')) })
    lifecycle.add(recorded('server', events))
    await assert.rejects(lifecycle.start(), { message: 'refused' })
    assert.deepEqual(events, ['database start', 'database drain', 'database stop'])
  })

  it('goes on when one fails to stop, and reports it', async () => {
    const events: string[] = []
    const lifecycle = new Lifecycle()
    lifecycle.add(recorded('database', events))
    lifecycle.add({ name: 'broker', stop: () => Promise.reject(new Error('stuck')) })
    await lifecycle.start()
    const failures = await lifecycle.stop(1_000)
    assert.equal(failures.length, 1)
    assert.equal(failures[0]?.component, 'broker')
    assert.ok(events.includes('database stop'))
  })

  it('leaves behind a component that does not stop in time', async () => {
    const clock = new ManualClock()
    const lifecycle = new Lifecycle({ clock })
    let gaveUp = false
    lifecycle.add({
      name: 'stuck',
      stop: (signal) => {
        signal.addEventListener('abort', () => {
          gaveUp = true
        })
        return new Promise(() => {})
      },
    })
    await lifecycle.start()
    const stopping = lifecycle.stop(1_000)
    await clock.advance(1_000)
    const [failure] = await stopping
    assert.ok(failure?.error instanceof ServiceError)
    assert.equal(failure.error.code, 'STOP_TIMEOUT')
    assert.equal(gaveUp, true)
  })

  it('stops once, however often it is asked', async () => {
    const events: string[] = []
    const lifecycle = new Lifecycle()
    lifecycle.add(recorded('server', events))
    await lifecycle.start()
    await Promise.all([lifecycle.stop(1_000), lifecycle.stop(1_000)])
    assert.deepEqual(events, ['server start', 'server drain', 'server stop'])
  })

  it('reports the health of every component, bounded in time', async () => {
    const clock = new ManualClock()
    const lifecycle = new Lifecycle({ clock, healthTimeoutMs: 100 })
    lifecycle.add({ name: 'plain' })
    lifecycle.add({ name: 'slow', health: () => new Promise(() => {}) })
    lifecycle.add({ name: 'broken', health: () => Promise.reject(new Error('no route')) })
    await lifecycle.start()
    const asked = lifecycle.health()
    await clock.advance(100)
    const health = await asked
    assert.deepEqual(health.plain, { status: 'UP' })
    assert.deepEqual(health.slow, { status: 'DOWN', error: 'no answer within 100 ms', latencyMs: 100 })
    assert.equal(health.broken?.error, 'no route')
  })

  it('refuses two components of one name, and late ones', async () => {
    const lifecycle = new Lifecycle()
    lifecycle.add({ name: 'a' })
    assert.throws(() => lifecycle.add({ name: 'a' }), { code: 'DUPLICATE_COMPONENT' })
    await lifecycle.start()
    assert.throws(() => lifecycle.add({ name: 'b' }), { code: 'LIFECYCLE_STARTED' })
  })

  it('puts a test’s component in the place of another', async () => {
    const events: string[] = []
    const lifecycle = new Lifecycle()
    lifecycle.add(recorded('database', []))
    lifecycle.replace(recorded('database', events))
    await lifecycle.start()
    assert.deepEqual(events, ['database start'])
    assert.throws(() => new Lifecycle().replace({ name: 'x' }), { code: 'UNKNOWN_COMPONENT' })
  })
})
