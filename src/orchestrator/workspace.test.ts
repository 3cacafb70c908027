import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { loadWorkspace, parseWorkspace } from './workspace.ts'

const parse = (declaration: unknown): ReturnType<typeof parseWorkspace> =>
  parseWorkspace(typeof declaration === 'string' ? declaration : JSON.stringify(declaration), '/shop')

describe('parseWorkspace', () => {
  it('fills in what is left out', () => {
    assert.deepEqual(parse({ services: { users: { entry: 'users/main.ts' } } }), {
      name: 'workspace',
      directory: '/shop',
      runtime: undefined,
      services: [{ name: 'users', entry: 'users/main.ts', needs: [], env: {}, port: undefined }],
      shared: [],
    })
  })

  it('keeps what is declared and puts services in the order of their start', () => {
    const workspace = parse({
      $schema: 'anything',
      name: 'shop',
      runtime: 'node',
      shared: ['lib'],
      services: {
        gateway: { entry: 'gateway/main.ts', needs: ['users'], port: 8080, env: { LOG_LEVEL: 'debug' } },
        users: { entry: 'users/main.ts' },
      },
    })
    assert.deepEqual(
      workspace.services.map((service) => service.name),
      ['users', 'gateway'],
    )
    assert.deepEqual(workspace.services[1]?.env, { LOG_LEVEL: 'debug' })
    assert.equal(workspace.services[1]?.port, 8080)
    assert.deepEqual(workspace.shared, ['lib'])
    assert.equal(workspace.runtime, 'node')
  })

  const faulty: { declaration: unknown; says: RegExp; why: string }[] = [
    { declaration: '{ services:', says: /it is not JSON/, why: 'broken JSON' },
    { declaration: [], says: /the declaration must be an object, not a list/, why: 'not an object' },
    { declaration: {}, says: /`services` is missing/, why: 'nothing declared' },
    { declaration: { services: {} }, says: /`services` is empty/, why: 'an empty workspace' },
    {
      declaration: { services: { Users: { entry: 'a.ts' } } },
      says: /services\.Users: a name has/,
      why: 'a name that is no variable',
    },
    { declaration: { services: { users: {} } }, says: /services\.users\.entry must name the file/, why: 'no entry' },
    {
      declaration: { services: { users: 'a.ts' } },
      says: /services\.users must be an object, not a string/,
      why: 'a short form that does not exist',
    },
    {
      declaration: { services: { a: { entry: 'a.ts', port: 0 } } },
      says: /services\.a\.port must be a whole number from 1/,
      why: 'port 0 is what leaving it out means',
    },
    {
      declaration: { services: { a: { entry: 'a.ts', env: { N: 1 } } } },
      says: /services\.a\.env\.N must be a text, not a number/,
      why: 'an environment is text',
    },
    {
      declaration: { services: { a: { entry: 'a.ts', need: ['b'] } } },
      says: /services\.a\.need is unknown; known are entry, needs/,
      why: 'a misspelt key',
    },
    {
      declaration: { services: { a: { entry: 'a.ts' } }, runtime: 'deno' },
      says: /`runtime` must be "bun" or "node"/,
      why: 'a runtime that we do not run on',
    },
    {
      declaration: { services: { a: { entry: 'a.ts' } }, shared: 'lib' },
      says: /shared must be a list of texts/,
      why: 'one folder without its list',
    },
  ]
  for (const { declaration, says, why } of faulty) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => parse(declaration),
        (error) => error instanceof ServiceError && error.code === 'BAD_WORKSPACE' && says.test(error.message),
      )
    })
  }

  it('says what to do where there is no declaration', async () => {
    await assert.rejects(loadWorkspace('/nowhere'), {
      code: 'WORKSPACE_NOT_FOUND',
      message: /genever new NAME --workspace/,
    })
  })

  it('reports all faults at once', () => {
    assert.throws(
      () => parse({ services: { A: {}, b: { entry: 1 } } }),
      /services\.A: .*services\.A\.entry.*services\.b\.entry/,
    )
  })
})
