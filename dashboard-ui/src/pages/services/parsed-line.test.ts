import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsedLine } from './parsed-line.ts'

describe('a line of output', () => {
  it('is read as a log line, without what the page shows anyway', () => {
    const line = parsedLine(
      '{"time":"2026-11-28T08:30:42Z","level":"info","message":"ready","service":"orders","port":8080,"tags":["a"]}',
    )
    assert.deepEqual(line, {
      level: 'info',
      message: 'ready',
      rest: [
        ['port', '8080'],
        ['tags', '["a"]'],
      ],
    })
  })

  const rows = [
    { text: 'listening on 8080', why: 'plain text' },
    { text: '{"level":"info","mess', why: 'JSON that was cut' },
    { text: '{"a":1}', why: 'JSON that is no log line' },
    { text: 'null', why: 'nothing' },
  ]
  for (const { text, why } of rows)
    it(`stays as it was written: ${why}`, () => assert.equal(parsedLine(text), undefined))
})
