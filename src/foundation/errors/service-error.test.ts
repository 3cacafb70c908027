import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isRetryable, ServiceError, toServiceError } from './service-error.ts'

describe('ServiceError', () => {
  const retryability = [
    { status: 400, expected: false, why: 'the same bad request stays bad' },
    { status: 429, expected: true, why: 'the limit refills' },
    { status: 500, expected: false, why: 'what happened is unknown' },
    { status: 503, expected: true, why: 'the service may come back' },
  ]
  for (const { status, expected, why } of retryability) {
    it(`with status ${status} is ${expected ? '' : 'not '}retryable: ${why}`, () => {
      assert.equal(isRetryable(new ServiceError('X', 'x', { status })), expected)
    })
  }

  it('says itself whether to retry where it knows better', () => {
    assert.equal(isRetryable(new ServiceError('X', 'x', { status: 503, retryable: false })), false)
  })
})

describe('toServiceError', () => {
  it('keeps a ServiceError as it is', () => {
    const error = new ServiceError('OUT_OF_STOCK', 'Nothing left.', { status: 409 })
    assert.equal(toServiceError(error), error)
  })

  for (const thrown of [new TypeError('password=hunter2'), 'password=hunter2', undefined, null, 42]) {
    it(`hides what was thrown: ${typeof thrown}`, () => {
      const error = toServiceError(thrown)
      assert.equal(error.code, 'INTERNAL')
      assert.equal(error.status, 500)
      assert.equal(error.cause, thrown)
      assert.ok(!error.message.includes('hunter2'))
    })
  }
})
