import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Component } from '../foundation/lifecycle/component.ts'
import { Lifecycle } from '../foundation/lifecycle/lifecycle.ts'
import { Leadership, SingletonComponent } from './singleton.ts'

function recorded(events: string[]): Component {
  return {
    name: 'relay',
    start: () => void events.push('start'),
    drain: () => void events.push('drain'),
    stop: () => void events.push('stop'),
    health: () => ({ status: 'DEGRADED' }),
  }
}

async function started(component: Component): Promise<Lifecycle> {
  const lifecycle = new Lifecycle()
  lifecycle.add(component)
  await lifecycle.start()
  return lifecycle
}

describe('SingletonComponent', () => {
  it('starts with the others where its process leads from the beginning', async () => {
    const events: string[] = []
    const leadership = new Leadership()
    await leadership.lead()
    const lifecycle = await started(new SingletonComponent(recorded(events), leadership))
    await lifecycle.stop(1_000)
    assert.deepEqual(events, ['start', 'drain', 'stop'])
  })

  it('starts when its process comes to lead, once', async () => {
    const events: string[] = []
    const leadership = new Leadership()
    const lifecycle = await started(new SingletonComponent(recorded(events), leadership))
    assert.deepEqual(events, [])
    await leadership.lead()
    await leadership.lead()
    assert.deepEqual(events, ['start'])
    assert.equal((await lifecycle.health()).relay?.status, 'DEGRADED')
  })

  it('is neither asked nor stopped where it never ran', async () => {
    const events: string[] = []
    const lifecycle = await started(new SingletonComponent(recorded(events), new Leadership()))
    assert.equal((await lifecycle.health()).relay?.status, 'UP')
    assert.deepEqual(await lifecycle.stop(1_000), [])
    assert.deepEqual(events, [])
  })

  it('does not start any more in a process that stops', async () => {
    const events: string[] = []
    const leadership = new Leadership()
    const lifecycle = await started(new SingletonComponent(recorded(events), leadership))
    await lifecycle.stop(1_000)
    await leadership.lead()
    assert.deepEqual(events, [])
  })

  it('tells whoever makes it lead that it could not start', async () => {
    const leadership = new Leadership()
    const failing = { name: 'relay', start: () => Promise.reject(new Error('no broker')) }
    const lifecycle = await started(new SingletonComponent(failing, leadership))
    await assert.rejects(leadership.lead(), { message: 'no broker' })
    assert.deepEqual(await lifecycle.stop(1_000), [])
  })
})
