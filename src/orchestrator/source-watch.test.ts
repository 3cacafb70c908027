import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { servicesConcernedBy } from './source-watch.ts'
import type { Workspace } from './workspace.ts'

const workspace = workspaceOf({ users: 'users/main.ts', orders: './orders/src/main.ts' }, ['kit', 'values/money.ts'])

function workspaceOf(entries: Record<string, string>, shared: string[] = []): Workspace {
  const services = Object.entries(entries).map(([name, entry]) => ({
    name,
    entry,
    needs: [],
    env: {},
    port: undefined,
  }))
  return { name: 'shop', directory: '/shop', runtime: undefined, services, shared }
}

describe('servicesConcernedBy', () => {
  const rows = [
    { path: 'users/store.ts', concerned: ['users'], why: 'a file beside the entry' },
    { path: 'users/deep/er/store.ts', concerned: ['users'], why: 'a file below' },
    { path: 'orders/src/x.js', concerned: ['orders'], why: 'an entry written with ./' },
    { path: 'orders/README.ts', concerned: [], why: 'above the folder of the entry' },
    { path: 'users-old/store.ts', concerned: [], why: 'a folder whose name only begins alike' },
    { path: 'kit/paging.ts', concerned: ['users', 'orders'], why: 'a shared folder' },
    { path: 'values/money.ts', concerned: ['users', 'orders'], why: 'a shared file' },
    { path: 'values/other.ts', concerned: [], why: 'a file beside a shared one' },
    { path: 'users/store.test.ts', concerned: [], why: 'a test is not what runs' },
    { path: 'users/schema.sql', concerned: ['users'], why: 'read by the program' },
    { path: 'users/users.sqlite', concerned: [], why: 'written by the program: it would restart for ever' },
    { path: 'users/.main.ts.swp', concerned: [], why: 'what an editor leaves for a moment' },
  ]
  for (const { path, concerned, why } of rows) {
    it(`${path} concerns ${concerned.join(' and ') || 'nobody'}: ${why}`, () => {
      assert.deepEqual(servicesConcernedBy(path, workspace), concerned)
    })
  }

  it('is everything where the entry stands in the root', () => {
    assert.deepEqual(servicesConcernedBy('lib/a.ts', workspaceOf({ hello: 'main.ts' })), ['hello'])
  })
})
