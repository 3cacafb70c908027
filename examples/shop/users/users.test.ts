import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { client, type RunningService } from 'genever'
import type { ClientOf } from 'genever/api'
import { ManualClock } from 'genever/foundation'
import { openSql } from 'genever/platform'
import { testFolder } from '../kit/test-folder.ts'
import { usersApi } from './api.ts'
import { createUsers } from './service.ts'

const ada = { email: 'Ada@example.com ', password: 'correct horse battery', name: 'Ada' }
const day = 24 * 60 * 60 * 1000

describe('users', () => {
  const folder = testFolder()
  const clock = new ManualClock()
  let running: RunningService
  let users: ClientOf<typeof usersApi>

  before(async () => {
    running = await createUsers(clock).start({ config: { folder: folder.path } })
    users = client(usersApi, { url: running.url })
  })
  after(async () => {
    await running.stop()
    folder.remove()
  })

  const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

  it('signs up, and knows whose session it is', async () => {
    const { user, token, expiresAt } = await users.signUp({ body: ada })
    assert.deepEqual({ email: user.email, name: user.name }, { email: 'ada@example.com', name: 'Ada' })
    assert.equal(expiresAt, new Date(clock.now() + 7 * day).toISOString())
    assert.deepEqual(await users.whoAmI({ headers: bearer(token) }), user)
  })

  it('signs in whatever the case of the address', async () => {
    const { user } = await users.signIn({ body: { email: 'ADA@EXAMPLE.COM', password: ada.password } })
    assert.equal(user.name, 'Ada')
  })

  const refused = [
    { email: 'ada@example.com', password: 'wrong horse battery', why: 'a wrong password' },
    { email: 'bob@example.com', password: ada.password, why: 'an address without an account' },
  ]
  for (const { why, ...body } of refused) {
    it(`refuses ${why}, without telling which of the two was wrong`, async () => {
      await assert.rejects(users.signIn({ body }), { code: 'BAD_CREDENTIALS', status: 401 })
    })
  }

  it('has one account for an address', async () => {
    await assert.rejects(users.signUp({ body: ada }), { code: 'EMAIL_TAKEN', status: 409 })
  })

  it('tells everything that is wrong with a new account at once', async () => {
    const answer = await fetch(`${running.url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"email":"no address","password":"short"}',
    })
    const { errors } = (await answer.json()) as { errors: { path: string }[] }
    assert.equal(answer.status, 400)
    assert.deepEqual(errors.map((error) => error.path).sort(), ['/email', '/name', '/password'])
  })

  it('ends a session when its user signs out', async () => {
    const { token } = await users.signIn({ body: ada })
    await users.signOut({ headers: bearer(token) })
    await assert.rejects(users.whoAmI({ headers: bearer(token) }), { code: 'NOT_SIGNED_IN', status: 401 })
  })

  it('ends a session after seven days', async () => {
    const { token } = await users.signIn({ body: ada })
    clock.jump(7 * day - 1)
    await users.whoAmI({ headers: bearer(token) })
    clock.jump(1)
    await assert.rejects(users.whoAmI({ headers: bearer(token) }), { code: 'NOT_SIGNED_IN' })
  })

  for (const authorization of ['', 'Bearer', 'Bearer short', 'Basic YWRhOmE=']) {
    it(`takes '${authorization}' for nobody`, async () => {
      await assert.rejects(users.whoAmI({ headers: { authorization } }), { code: 'NOT_SIGNED_IN', status: 401 })
    })
  }

  it('keeps neither passwords nor tokens in the clear', async () => {
    const { token } = await users.signIn({ body: ada })
    const database = openSql(`${folder.path}/users.sqlite`, { readOnly: true })
    const rows = [...database.prepare('SELECT * FROM users').all(), ...database.prepare('SELECT * FROM sessions').all()]
    database.close()
    const text = JSON.stringify(rows)
    assert.match(text, /ada@example\.com/)
    assert.ok(!text.includes(ada.password) && !text.includes(token))
  })
})
