/**
 * The bodies of nst/JSONTestSuite, sent to an app over the wire of both engines: what must parse is answered with 2xx, what
 * must not with 400, and nothing ever with 5xx.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { createApp } from '../../src/http/app.ts'
import { missingLibc } from '../../src/platform/libc/libc-skip.fixture.ts'
import type { Schema } from '../../src/schema/schema.ts'
import type { Engine, EngineServer } from '../../src/wire/engines/engine.ts'
import { libcEngine } from '../../src/wire/engines/libc.ts'
import { nativeEngine } from '../../src/wire/engines/native.ts'
import { socketsEngine } from '../../src/wire/engines/sockets.ts'

const folder = new URL('../../../shared/conformance/json/parsing/', import.meta.url)
const isThere = existsSync(folder)
const missing = 'the third-party cases are not beside the project, at ../shared/conformance/json/parsing'
const names = isThere ? readdirSync(folder).sort() : []

/** Takes whatever was parsed. */
const Anything: Schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } }

/** By the first letter of a case: must parse, must not, may do either. */
const allowed: Readonly<Record<string, readonly number[]>> = { y: [200], n: [400], i: [200, 400] }

async function statusOf(server: EngineServer, name: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${server.port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: readFileSync(new URL(encodeURIComponent(name), folder)),
  })
  await answer.arrayBuffer()
  return answer.status
}

function describeEngine(engine: Engine): void {
  describe(`JSON bodies over the ${engine.name} engine`, {
    skip: isThere || process.env.CI === 'true' ? false : missing,
  }, () => {
    let server: EngineServer

    before(async () => {
      const app = createApp()
      app.post('/', { body: Anything }, (c) => ({ parsed: c.body !== undefined }))
      server = await engine.listen({ handler: app.handler })
    })
    after(() => server.close())

    it('are all there', () => assert.equal(names.length, 318, missing))

    for (const [kind, statuses] of Object.entries(allowed)) {
      it(`${kind}_ are answered with ${statuses.join(' or ')}`, async () => {
        const cases = names.filter((name) => name.startsWith(`${kind}_`))
        const wrong: string[] = []
        for (const name of cases) {
          const status = await statusOf(server, name)
          if (!statuses.includes(status)) wrong.push(`${name}: ${status}`)
        }
        assert.deepEqual(wrong, [])
      })
    }
  })
}

describeEngine(socketsEngine)
if ((await missingLibc()) === false) describeEngine(libcEngine)
describeEngine(nativeEngine)
