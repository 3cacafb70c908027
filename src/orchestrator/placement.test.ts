import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listen } from '../platform/listen.ts'
import { environmentOf, placeServices } from './placement.ts'
import type { WorkspaceService } from './workspace.ts'

function service(name: string, port?: number, env: Record<string, string> = {}): WorkspaceService {
  return { name, entry: `${name}/main.ts`, needs: [], env, port }
}

describe('placeServices', () => {
  it('gives every service two ports of its own, below those of outgoing connections', async () => {
    const placed = await placeServices(['a', 'b', 'c', 'd'].map((name) => service(name)))
    const ports = placed.flatMap(({ port, adminPort }) => [port, adminPort])
    assert.equal(new Set(ports).size, 8)
    assert.ok(ports.every((port) => port >= 20_000 && port < 30_000))
  })

  it('takes a declared port and leaves it free for the service', async () => {
    const [{ port: free = 0 } = {}] = await placeServices([service('a')])
    const [placed] = await placeServices([service('a', free)])
    assert.equal(placed?.port, free)
    const listener = await listen({ port: free, handlers: { data: () => {} } })
    await listener.close()
  })

  it('names the service whose declared port is in use', async () => {
    const listener = await listen({ handlers: { data: () => {} } })
    try {
      await assert.rejects(placeServices([service('a'), service('gateway', listener.port)]), {
        code: 'PORT_TAKEN',
        message: new RegExp(`Port ${listener.port}, declared for 'gateway'`),
      })
    } finally {
      await listener.close()
    }
  })
})

describe('environmentOf', () => {
  it('lets the declaration win over what we say', () => {
    const placed = { ...service('a', 1, { HOST: '::1', A_URL: 'http://proxy' }), port: 1, adminPort: 2 }
    assert.deepEqual(environmentOf(placed, [placed]), {
      A_URL: 'http://proxy',
      HOST: '::1',
      PORT: '1',
      ADMIN_PORT: '2',
    })
  })
})
