import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeAddress, parseRedisUrl } from './redis-address.ts'

describe('a URL of Redis', () => {
  const good: { url: string; expected: object; why: string }[] = [
    {
      url: 'redis://localhost',
      expected: { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], usesTls: false, database: 0 },
      why: 'the port of Redis',
    },
    {
      url: 'rediss://user:p%40ss%3A@db.example:6380/3',
      expected: {
        kind: 'single',
        nodes: [{ host: 'db.example', port: 6380 }],
        usesTls: true,
        database: 3,
        username: 'user',
        password: 'p@ss:',
      },
      why: 'TLS, a name, an encoded password and a database',
    },
    {
      url: 'redis://:secret@[::1]:7000',
      expected: {
        kind: 'single',
        nodes: [{ host: '::1', port: 7000 }],
        usesTls: false,
        database: 0,
        password: 'secret',
      },
      why: 'a password without a name, and IPv6',
    },
    {
      url: 'redis+sentinel://a,b:5000/main/2',
      expected: {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 5_000 },
        ],
        usesTls: false,
        database: 2,
        masterName: 'main',
      },
      why: 'the port of sentinels',
    },
    {
      url: 'rediss+cluster://a:1,b:2',
      expected: {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        usesTls: true,
        database: 0,
      },
      why: 'several nodes',
    },
  ]
  for (const { url, expected, why } of good) {
    it(`${url}: ${why}`, () => assert.deepEqual(parseRedisUrl(url), expected))
  }

  const bad: { url: string; why: string }[] = [
    { url: '', why: 'nothing' },
    { url: 'http://secret', why: 'another scheme' },
    { url: 'redis://', why: 'no host' },
    { url: 'redis://secret:99999', why: 'no such port' },
    { url: 'redis://secret:0', why: 'no such port' },
    { url: 'redis://secret/one', why: 'a database is a number' },
    { url: 'redis://secret/1/2', why: 'too long a path' },
    { url: 'redis://secret,b', why: 'two servers are no single one' },
    { url: 'redis+sentinel://secret', why: 'no master' },
    { url: 'redis+cluster://secret/1', why: 'a cluster has one database' },
    { url: 'redis://secret?db=1', why: 'no query' },
    { url: 'redis://[secret]:1', why: 'no IPv6 address' },
  ]
  for (const { url, why } of bad) {
    it(`${url} is refused, and not shown: ${why}`, () => {
      assert.throws(
        () => parseRedisUrl(url),
        (error: Error & { code?: string }) => error.code === 'BAD_REDIS_URL' && !error.message.includes('secret'),
      )
    })
  }

  it('is described without its password', () => {
    assert.equal(describeAddress(parseRedisUrl('redis://u:secret@[::1]:7000')), '[::1]:7000')
    assert.equal(describeAddress(parseRedisUrl('redis+sentinel://:secret@a,b/main')), 'main by a:26379,b:26379')
  })
})
