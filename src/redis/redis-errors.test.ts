import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redisError } from './redis-errors.ts'

function replied(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'auth', args: ['hunter2'] } })
}

describe('errors of Redis', () => {
  const table: { thrown: Error; code: string; retryable: boolean; why: string }[] = [
    { thrown: replied('WRONGTYPE Operation'), code: 'REDIS_REFUSED', retryable: false, why: 'the program is wrong' },
    {
      thrown: replied('LOADING Redis is loading'),
      code: 'REDIS_UNAVAILABLE',
      retryable: true,
      why: 'nothing was done',
    },
    { thrown: replied('READONLY You can’t write'), code: 'REDIS_UNAVAILABLE', retryable: true, why: 'a failover' },
    { thrown: replied('CLUSTERDOWN Hash slot'), code: 'REDIS_UNAVAILABLE', retryable: true, why: 'nothing was done' },
    {
      thrown: new Error("Stream isn't writeable and enableOfflineQueue options is false"),
      code: 'REDIS_UNAVAILABLE',
      retryable: true,
      why: 'it never left',
    },
    { thrown: new Error('Connection is closed.'), code: 'REDIS_LOST', retryable: false, why: 'it may have been done' },
  ]
  for (const { thrown, code, retryable, why } of table) {
    it(`${thrown.message} is ${code}: ${why}`, () => {
      const error = redisError('INCR', thrown)
      assert.deepEqual([error.code, error.retryable], [code, retryable])
      assert.doesNotMatch(JSON.stringify([error, error.cause]) + String(error.cause), /hunter/)
    })
  }

  it('keep no arguments that Redis repeats', () => {
    const error = redisError('NOSUCH', replied(`ERR unknown command 'NOSUCH', with args beginning with: 'hunter2' `))
    assert.match(String(error.cause), /unknown command 'NOSUCH'$/)
  })
})
