/** JSONTestSuite (nst, MIT): `y_` must be read, `n_` must be refused with 400, `i_` may be either; never another error. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ServiceError } from '../../src/foundation/errors/service-error.ts'
import { parseJson } from '../../src/schema/json.ts'

const folder = new URL('../../../shared/conformance/json/parsing/', import.meta.url)

describe('JSONTestSuite against parseJson', () => {
  if (!existsSync(folder)) {
    const isRequired = process.env.CI === 'true'
    it('has its cases', { skip: isRequired ? false : 'the cases are not beside the project' }, () =>
      assert.fail(`no cases at ${folder}`),
    )
    return
  }

  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  it('is complete', () => assert.equal(files.length, 318))

  for (const name of files) {
    it(name, () => {
      const outcome = outcomeOf(readFileSync(new URL(encodeURIComponent(name), folder)))
      if (name.startsWith('y_')) assert.equal(outcome, 'read')
      else if (name.startsWith('n_')) assert.equal(outcome, 400)
      else assert.ok(outcome === 'read' || outcome === 400, String(outcome))
    })
  }
})

function outcomeOf(body: Uint8Array): 'read' | number | unknown {
  try {
    parseJson(body)
    return 'read'
  } catch (error) {
    return error instanceof ServiceError ? error.status : error
  }
}
