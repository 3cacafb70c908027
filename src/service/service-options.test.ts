import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkName, checkServiceLevel, resolveScale, resolveShutdown } from './service-options.ts'

describe('the name of a service', () => {
  for (const name of ['orders', 'a', 'orders-2', 'a'.repeat(63)]) {
    it(`may be '${name.slice(0, 12)}' (${name.length})`, () => assert.equal(checkName(name), name))
  }

  const refused = [
    { name: '', why: 'nothing to call it by' },
    { name: 'Orders', why: 'host names are lower case' },
    { name: '-orders', why: 'a label does not begin with a hyphen' },
    { name: 'orders-', why: 'nor does it end with one' },
    { name: 'order.s', why: 'a dot would make it two labels' },
    { name: 'a'.repeat(64), why: 'a label has at most 63 characters' },
  ]
  for (const { name, why } of refused) {
    it(`is not '${name.slice(0, 12)}': ${why}`, () => assert.throws(() => checkName(name), { code: 'BAD_SERVICE' }))
  }
})

describe('service levels', () => {
  it('are kept as they are', () => {
    const slo = { availability: 0.999, latency: { p99Ms: 250 } }
    assert.equal(checkServiceLevel(slo), slo)
  })

  const refused = [
    { slo: { availability: 1 }, why: 'without any failure nothing can ever be changed' },
    { slo: { availability: 99.9 }, why: 'a share is not a percentage' },
    { slo: { latency: { p99Ms: 0 } }, why: 'nothing takes no time' },
    { slo: { latency: { p99Ms: Number.NaN } }, why: 'no number at all' },
  ]
  for (const { slo, why } of refused) {
    it(`are not ${JSON.stringify(slo)}: ${why}`, () =>
      assert.throws(() => checkServiceLevel(slo), { code: 'BAD_SERVICE' }))
  }
})

describe('scale', () => {
  const rows = [
    { given: undefined, expected: { min: 2, max: 10, cpu: 0.7 }, why: 'two, so that one can be replaced' },
    { given: { min: 20 }, expected: { min: 20, max: 20, cpu: 0.7 }, why: 'never less at most than at least' },
    { given: { memory: 0.5 }, expected: { min: 2, max: 10, memory: 0.5 }, why: 'one aim is enough' },
    {
      given: { custom: { queue_length: 50 } },
      expected: { min: 2, max: 10, custom: { queue_length: 50 } },
      why: 'an aim of its own is one',
    },
  ]
  for (const { given, expected, why } of rows) {
    it(`of ${JSON.stringify(given)}: ${why}`, () => assert.deepEqual(resolveScale(given), expected))
  }

  for (const scale of [{ min: 3, max: 2 }, { min: 0.5 }, { max: 0, min: 0 }, { cpu: 60 }, { custom: { x: -1 } }]) {
    it(`is not ${JSON.stringify(scale)}`, () => assert.throws(() => resolveScale(scale), { code: 'BAD_SERVICE' }))
  }
})

describe('shutdown times', () => {
  const rows = [
    { given: {}, mode: 'production', expected: { graceMs: 30_000, unreadyMs: 5_000 }, why: 'balancers need time' },
    { given: {}, mode: 'development', expected: { graceMs: 30_000, unreadyMs: 0 }, why: 'a developer does not wait' },
    { given: { graceMs: 4_000 }, mode: 'production', expected: { graceMs: 4_000, unreadyMs: 2_000 }, why: 'both fit' },
    { given: { unreadyMs: 100 }, mode: 'development', expected: { graceMs: 30_000, unreadyMs: 100 }, why: 'as said' },
  ] as const
  for (const { given, mode, expected, why } of rows) {
    it(`of ${JSON.stringify(given)} in ${mode}: ${why}`, () => assert.deepEqual(resolveShutdown(given, mode), expected))
  }

  for (const shutdown of [{ graceMs: 0 }, { graceMs: 1_000, unreadyMs: 1_000 }, { unreadyMs: -1 }]) {
    it(`are not ${JSON.stringify(shutdown)}`, () =>
      assert.throws(() => resolveShutdown(shutdown), { code: 'BAD_SERVICE' }))
  }
})
