import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Environment } from '../platform/environment.ts'
import { loadConfig } from './config.ts'
import { type ServiceConfig, serviceConfig, serviceVariables } from './service-config.ts'
import { environmentSource } from './sources/environment.ts'

async function read(env: Environment): Promise<ServiceConfig> {
  const sources = [environmentSource({ variables: serviceVariables, env })]
  return (await loadConfig(serviceConfig, { sources })).value
}

describe('the settings of every service', () => {
  it('come from their variables, typed', async () => {
    const env = {
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: '8080',
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: '0',
      ADMIN_TOKEN: '12345',
      ENGINE: 'native',
      WORKERS: '4',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      READY_FILE: '/tmp/ready',
      PATH: '/bin',
    }
    assert.deepEqual(await read(env), {
      mode: 'production',
      host: '0.0.0.0',
      port: 8080,
      adminHost: '127.0.0.1',
      adminPort: 0,
      adminToken: '12345',
      engine: 'native',
      workers: 4,
      logLevel: 'debug',
      logFormat: 'json',
      readyFile: '/tmp/ready',
    })
  })

  it('are absent where nothing is set', async () => assert.deepEqual(await read({ PORT: '' }), {}))
  it('know the mode of test runners', async () =>
    assert.deepEqual(await read({ NODE_ENV: 'test' }), { mode: 'development' }))
  it('take one worker for each CPU', async () => assert.deepEqual(await read({ WORKERS: 'auto' }), { workers: 'auto' }))

  const wrong: { env: Environment; expected: RegExp }[] = [
    { env: { PORT: '65536' }, expected: /port \(from PORT\): Expected a whole number from 0 to 65535/ },
    { env: { PORT: '80.5' }, expected: /whole number/ },
    { env: { PORT: '0x50' }, expected: /whole number/ },
    { env: { WORKERS: '0' }, expected: /Expected 'auto' or a whole number from 1 to 1024/ },
    {
      env: { LOG_LEVEL: 'loud' },
      expected: /'trace' or 'debug' or 'info' or 'warn' or 'error' or 'fatal' or 'silent'/,
    },
    { env: { NODE_ENV: 'staging' }, expected: /Expected 'development' or 'production' or 'test'/ },
    { env: { ENGINE: 'express' }, expected: /Expected 'sockets' or 'native' or 'libc'/ },
  ]
  for (const { env, expected } of wrong) {
    it(`refuse ${JSON.stringify(env)}`, async () => assert.rejects(read(env), expected))
  }
})
