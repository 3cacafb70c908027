/** Models on SQLite, their schemas, and what cannot be declared. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { z } from 'zod'
import { createApp } from '../../http/app.ts'
import { jsonSchemaOf } from '../../schema/json-schema.ts'
import { validate } from '../../schema/validate.ts'
import { column } from './column.ts'
import { describeModels } from './model.contract.ts'
import { defineModel } from './model.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-model-'))
after(() => rmSync(folder, { recursive: true }))

describeModels({ name: 'SQLite', url: () => `sqlite:${join(folder, 'test.db')}` })

const Account = defineModel('account', {
  id: column.id(),
  owner: column.text({ max: 5, min: 2, pattern: /^\p{L}+$/u }),
  level: column.oneOf(['low', 'high']).default('low'),
  limit: column.bigint().nullable(),
  balance: column.decimal(6, 2).default('0'),
  count: column.integer({ max: 10 }).default(0),
  opened: column.moment().defaultNow(),
  birthday: column.day().nullable(),
  seal: column.bytes().nullable(),
  tags: column.json(z.array(z.string().max(3))).default([]),
  role: column.text({ max: 10 }).default('guest'),
  version: column.version(),
  deleted_at: column.deletedAt(),
})

describe('the schema of a new row', () => {
  const NewAccount = Account.insertSchema({ omit: ['role'] })

  it('reads what JSON can say into what the database holds', async () => {
    const sent = {
      owner: 'Änne',
      limit: '9007199254740993',
      balance: '12.5',
      opened: '2026-11-28T08:08:09.123+01:00',
      birthday: '2000-02-29',
      seal: 'AP8=',
      tags: ['a'],
      role: 'admin',
      id: '7',
      version: 9,
      surplus: true,
    }
    assert.deepEqual(await validate(NewAccount, sent, 'body'), {
      value: {
        owner: 'Änne',
        limit: 9_007_199_254_740_993n,
        balance: '12.50',
        opened: new Date('2026-11-28T07:08:09.123Z'),
        birthday: '2000-02-29',
        seal: new Uint8Array([0, 255]),
        tags: ['a'],
      },
    })
  })

  const refused: { sent: object; rule: string; path?: string; why: string }[] = [
    { sent: {}, rule: 'required', path: '/owner', why: 'nothing is given and nothing is the default' },
    { sent: { owner: null }, rule: 'invalid_type', path: '/owner', why: 'null where none may be' },
    { sent: { owner: 'a' }, rule: 'too_small', why: 'too short' },
    { sent: { owner: 'abcdef' }, rule: 'too_big', why: 'longer than the column' },
    { sent: { owner: 'a1' }, rule: 'invalid_format', why: 'another pattern' },
    { sent: { level: 'middle' }, rule: 'invalid_value', why: 'none of the options' },
    { sent: { limit: 2 ** 53 }, rule: 'invalid_type', why: 'a number that has lost digits on its way' },
    { sent: { limit: '9223372036854775808' }, rule: 'too_big', why: 'one beyond 64 bits' },
    { sent: { limit: '1e3' }, rule: 'invalid_type', why: 'no digits' },
    { sent: { balance: 12.5 }, rule: 'invalid_format', why: 'a decimal that was a binary number' },
    { sent: { balance: '12345.00' }, rule: 'invalid_format', why: 'more digits before the point than the column has' },
    { sent: { balance: '1.234' }, rule: 'invalid_format', why: 'more digits behind the point than the column has' },
    { sent: { count: 11 }, rule: 'too_big', why: 'beyond its own limit' },
    { sent: { count: -2_147_483_649 }, rule: 'too_small', why: 'beyond 32 bits' },
    { sent: { count: 1.5 }, rule: 'invalid_type', why: 'no integer' },
    { sent: { opened: '2026-11-28T08:08:09' }, rule: 'invalid_format', why: 'a moment without a zone' },
    { sent: { opened: '2026-13-28T08:08:09Z' }, rule: 'invalid_format', why: 'a month that is none' },
    { sent: { birthday: '2026-02-30' }, rule: 'invalid_format', why: 'a day that is none' },
    { sent: { seal: 'A' }, rule: 'invalid_format', why: 'no base64' },
    { sent: { tags: ['long'] }, rule: 'too_big', path: '/tags/0', why: 'what the schema of the document refuses' },
  ]
  for (const { sent, rule, path, why } of refused) {
    it(`refuses ${why}`, async () => {
      const outcome = await validate(
        NewAccount,
        { ...('owner' in sent || rule === 'required' ? {} : { owner: 'ann' }), ...sent },
        'body',
      )
      const [error] = outcome.errors ?? []
      assert.deepEqual([error?.rule, error?.path], [rule, path ?? `/${Object.keys(sent)[0]}`])
    })
  }

  it('tells all of it in JSON Schema', () => {
    assert.deepEqual(jsonSchemaOf(NewAccount, 'input').schema, {
      type: 'object',
      properties: {
        owner: { type: 'string', minLength: 2, maxLength: 5, pattern: '^\\p{L}+$' },
        level: { type: 'string', enum: ['low', 'high'] },
        limit: {
          anyOf: [{ type: ['string', 'integer'], format: 'int64', pattern: '^-?[0-9]{1,19}$' }, { type: 'null' }],
        },
        balance: { type: 'string', format: 'decimal', pattern: '^-?[0-9]{1,4}(\\.[0-9]{1,2})?$' },
        count: { type: 'integer', minimum: -2_147_483_648, maximum: 10 },
        opened: { type: 'string', format: 'date-time' },
        birthday: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
        seal: { anyOf: [{ type: 'string', contentEncoding: 'base64' }, { type: 'null' }] },
        tags: { type: 'array', items: { type: 'string', maxLength: 3 } },
      },
      required: ['owner'],
    })
  })

  it('stands in a route, whose answer tells a row exactly', async () => {
    const app = createApp()
    const shown = Account.rowSchema({ omit: ['role', 'deleted_at'] })
    app.post('/accounts', { body: NewAccount, responses: { 201: shown } }, (c) => {
      const { owner, limit = null } = c.body
      const row = {
        id: 9_007_199_254_740_993n,
        owner,
        limit: limit === null ? null : BigInt(limit),
        balance: '0.00',
        role: 'secret',
      }
      return c.json(
        {
          ...Account.toJson({ ...row, version: 1, opened: new Date(0), seal: new Uint8Array([1]) }),
          level: 'low',
          count: 0,
          birthday: null,
          tags: [],
        },
        201,
      )
    })
    const post = (body: object) =>
      app.request('/accounts', {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      })
    const answer = await post({ owner: 'ann', limit: 5 })
    assert.equal(answer.status, 201)
    const { role, ...row } = (await answer.json()) as Record<string, unknown>
    assert.equal(role, undefined)
    assert.deepEqual(
      [row.id, row.limit, row.opened, row.seal],
      ['9007199254740993', '5', '1970-01-01T00:00:00.000Z', 'AQ=='],
    )
    assert.equal((await post({ owner: 'ann', balance: 'much' })).status, 400)
  })
})

describe('the schema of a change', () => {
  it('wants the version that was read, and nothing else', async () => {
    assert.deepEqual(await validate(Account.updateSchema(), { version: 3, count: 2, id: 7 }, 'body'), {
      value: { version: 3, count: 2 },
    })
    const outcome = await validate(Account.updateSchema(), { count: 2 }, 'body')
    assert.deepEqual(
      outcome.errors?.map(({ path, rule }) => [path, rule]),
      [['/version', 'required']],
    )
  })
})

describe('a model', () => {
  const key = { id: column.id() }
  const rows: { declare: () => unknown; why: string }[] = [
    { declare: () => defineModel('a b', key), why: 'a name that needs quotes' },
    { declare: () => defineModel('a', { b: column.integer() }), why: 'no key' },
    {
      declare: () => defineModel('a', { ...key, b: column.integer().primaryKey() }),
      why: 'a counted key beside another',
    },
    { declare: () => defineModel('a', { ...key, b: column.text().unique() }), why: 'an index over a text without end' },
    { declare: () => defineModel('a', { ...key, b: column.version(), c: column.version() }), why: 'two versions' },
    { declare: () => column.decimal(2, 3), why: 'more digits behind the point than there are' },
    { declare: () => column.integer().defaultNow(), why: 'a moment as the default of a number' },
  ]
  for (const { declare, why } of rows) it(`is refused with ${why}`, () => assert.throws(declare, { code: 'BAD_MODEL' }))
})
