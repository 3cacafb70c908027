import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { z } from 'zod'
import type { Schema } from '../schema/schema.ts'
import type { ConfigSetting } from './config-source.ts'
import { type MergedSettings, mergeSettings } from './merge.ts'
import { settingPath } from './setting-path.ts'
import { SettingShape } from './setting-shape.ts'
import { settingsFrom } from './settings-from.ts'

const schema = z.object({
  port: z.int(),
  debug: z.boolean(),
  name: z.string(),
  mode: z.enum(['fast', 'safe']).nullable(),
  tags: z.array(z.string()),
  ports: z.array(z.int()),
  database: z.object({ url: z.string(), poolSize: z.int(), tls: z.object({ ca: z.string() }).optional() }),
  limits: z.record(z.string(), z.int()),
  servers: z.array(z.object({ host: z.string() })),
})

function tree(name: string, value: Record<string, unknown>): ConfigSetting[] {
  return settingsFrom(value, (path) => `${name}:${path.join('.')}`)
}

/** Settings as the environment has them. */
function text(settings: Record<string, string>): ConfigSetting[] {
  return Object.entries(settings).map(([path, value]) => ({
    kind: 'setting',
    path: settingPath(path),
    value,
    origin: path,
    isText: true,
  }))
}

function merge(layers: ConfigSetting[][], of: Schema = schema): MergedSettings {
  return mergeSettings(layers, SettingShape.of(of))
}

/** Through JSON, since merged objects have no prototype. */
function treeOf(layers: ConfigSetting[][], of: Schema = schema): unknown {
  return JSON.parse(JSON.stringify(merge(layers, of).tree))
}

describe('a later source wins', () => {
  const base = tree('base', { database: { url: 'a', poolSize: 5 }, tags: ['x', 'y'], port: 1 })
  const cases: { why: string; over: Record<string, unknown>; expected: unknown }[] = [
    {
      why: 'setting by setting',
      over: { database: { poolSize: 9 } },
      expected: { database: { url: 'a', poolSize: 9 }, tags: ['x', 'y'], port: 1 },
    },
    {
      why: 'arrays whole',
      over: { tags: ['z'] },
      expected: { database: { url: 'a', poolSize: 5 }, tags: ['z'], port: 1 },
    },
    {
      why: 'null takes away what is below',
      over: { database: null },
      expected: { database: null, tags: ['x', 'y'], port: 1 },
    },
    {
      why: 'a scalar replaces an object',
      over: { database: 'none' },
      expected: { database: 'none', tags: ['x', 'y'], port: 1 },
    },
    {
      why: 'an object replaces a scalar',
      over: { port: { http: 80 } },
      expected: { database: { url: 'a', poolSize: 5 }, tags: ['x', 'y'], port: { http: 80 } },
    },
    {
      why: 'an empty object says nothing where there is something',
      over: { database: {} },
      expected: { database: { url: 'a', poolSize: 5 }, tags: ['x', 'y'], port: 1 },
    },
    {
      why: 'undefined says nothing',
      over: { port: undefined },
      expected: { database: { url: 'a', poolSize: 5 }, tags: ['x', 'y'], port: 1 },
    },
  ]
  for (const { why, over, expected } of cases) {
    it(why, () => assert.deepEqual(treeOf([base, tree('over', over)]), expected))
  }

  it('and each setting knows where it comes from and whom it overrides', () => {
    const { settings } = merge([tree('a', { port: 1 }), tree('b', { port: 2 }), tree('c', { port: 3 })])
    assert.deepEqual(
      settings.map(({ origin, overridden }) => ({ origin, overridden })),
      [{ origin: 'c:port', overridden: ['b:port', 'a:port'] }],
    )
  })

  it('and a secret stays one, whoever overrides it', () => {
    const [secret] = tree('a', { name: 'x' })
    assert.ok(secret)
    const { settings } = merge([[{ ...secret, isSecret: true }], tree('b', { name: 'y' })])
    assert.equal(settings[0]?.isSecret, true)
  })

  it('and no name reaches a prototype', () => {
    merge([tree('evil', JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'))])
    assert.equal(({} as { polluted?: number }).polluted, undefined)
  })
})

describe('text becomes what the schema asks for', () => {
  const cases: { path: string; value: string; expected: unknown; why: string }[] = [
    { path: 'PORT', value: '8080', expected: { port: 8080 }, why: 'a number' },
    { path: 'PORT', value: '80a', expected: { port: '80a' }, why: 'what is none stays text and fails later' },
    { path: 'DEBUG', value: 'false', expected: { debug: false }, why: 'a boolean' },
    { path: 'NAME', value: '8080', expected: { name: '8080' }, why: 'text stays text' },
    { path: 'MODE', value: 'safe', expected: { mode: 'safe' }, why: 'one of several' },
    { path: 'TAGS', value: 'a, b,c', expected: { tags: ['a', 'b', 'c'] }, why: 'items between commas' },
    { path: 'PORTS', value: '80,443', expected: { ports: [80, 443] }, why: 'items of the right kind' },
    { path: 'PORTS', value: '[80,443]', expected: { ports: [80, 443] }, why: 'an array as JSON' },
    {
      path: 'DATABASE.POOL_SIZE',
      value: '7',
      expected: { database: { poolSize: 7 } },
      why: 'nested, in the schema’s spelling',
    },
    {
      path: 'DATABASE.TLS.CA',
      value: 'x',
      expected: { database: { tls: { ca: 'x' } } },
      why: 'below something optional',
    },
    {
      path: 'LIMITS.per_user',
      value: '7',
      expected: { limits: { perUser: 7 } },
      why: 'a name that the schema leaves open',
    },
    { path: 'SERVERS', value: '[{"host":"a"}]', expected: { servers: [{ host: 'a' }] }, why: 'objects as JSON' },
    { path: 'SERVERS', value: '[{]', expected: { servers: '[{]' }, why: 'broken JSON stays text and fails later' },
    {
      path: 'DATABASE',
      value: '{"url":"x","poolSize":1}',
      expected: { database: { url: 'x', poolSize: 1 } },
      why: 'a whole object as JSON',
    },
  ]
  for (const { path, value, expected, why } of cases) {
    it(`${path}=${value}: ${why}`, () => assert.deepEqual(treeOf([text({ [path]: value })]), expected))
  }

  it('also where a default or a description stands beside alternatives', () => {
    const described = z.object({
      pool: z
        .object({ size: z.int().nullable().default(5) })
        .nullable()
        .describe('Connections'),
    })
    assert.deepEqual(treeOf([text({ 'POOL.SIZE': '7' })], described), { pool: { size: 7 } })
    assert.equal(merge([tree('file', { pool: { sise: 1 } })], described).unknown.length, 1)
  })

  it('in the spelling of an earlier source, where the schema has none', () => {
    const open = z.record(z.string(), z.unknown())
    const base = tree('file', { 'cache-ttl': { max_age: 1 } })
    assert.deepEqual(treeOf([base, text({ 'CACHE_TTL.MAX_AGE': '2' })], open), { 'cache-ttl': { max_age: '2' } })
  })

  it('through references and alternatives in the JSON Schema', () => {
    const node: z.ZodType = z.lazy(() => z.object({ size: z.int(), next: node.optional() }))
    assert.deepEqual(treeOf([text({ 'NEXT.NEXT.SIZE': '3' })], node), { next: { next: { size: 3 } } })
    const either = z.union([
      z.object({ kind: z.literal('a'), aSize: z.int() }),
      z.object({ kind: z.literal('b'), bSize: z.int() }),
    ])
    assert.deepEqual(treeOf([text({ B_SIZE: '3', KIND: 'b' })], either), { bSize: 3, kind: 'b' })
    const both = z.intersection(z.object({ one: z.int() }), z.object({ two: z.boolean() }))
    assert.deepEqual(treeOf([text({ ONE: '1', TWO: 'true' })], both), { one: 1, two: true })
  })

  it('or stays text, for a library that says nothing about its schema', () => {
    const silent = v.object({ poolSize: v.pipe(v.string(), v.transform(Number)) })
    assert.deepEqual(treeOf([text({ POOL_SIZE: '3' })], silent), { poolSize: '3' })
  })
})

describe('settings that the schema does not know', () => {
  it('are named, with the place where they stand', () => {
    const { unknown } = merge([tree('file', { prot: 1, database: { uri: 'x' }, limits: { any: 1 } })])
    assert.deepEqual(
      unknown.map(({ origin }) => origin),
      ['file:prot', 'file:database.uri'],
    )
  })

  it('are none where the schema takes anything', () => {
    assert.deepEqual(merge([tree('file', { a: { b: 1 } })], z.looseObject({ port: z.int() })).unknown, [])
    assert.deepEqual(merge([tree('file', { a: { b: 1 } })], v.looseObject({})).unknown, [])
  })
})
