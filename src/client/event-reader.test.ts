import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ReceivedEvent, readEvents } from './event-reader.ts'

async function eventsOf(text: string, pieceLength: number): Promise<ReceivedEvent[]> {
  const bytes = new TextEncoder().encode(text)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceLength) yield bytes.subarray(at, at + pieceLength)
  }
  return Array.fromAsync(readEvents(pieces()))
}

describe('readEvents', () => {
  const table = [
    { text: 'data: 1\n\n', expected: [{ id: undefined, event: 'message', data: '1' }], why: 'the plain case' },
    {
      text: 'data: a\ndata: b\n\n',
      expected: [{ id: undefined, event: 'message', data: 'a\nb' }],
      why: 'lines are joined',
    },
    {
      text: 'id: 7\r\nevent: x\r\ndata:y\r\n\r\n',
      expected: [{ id: '7', event: 'x', data: 'y' }],
      why: 'CR LF ends lines too',
    },
    { text: ': heartbeat\n\n', expected: [], why: 'a comment is no event' },
    {
      text: 'data: ünï\n\n',
      expected: [{ id: undefined, event: 'message', data: 'ünï' }],
      why: 'UTF-8 may be split anywhere',
    },
    { text: 'data: lost', expected: [], why: 'an event that does not end is dropped' },
  ]
  for (const { text, expected, why } of table) {
    for (const pieceLength of [1, 3, 1_000]) {
      it(`in pieces of ${pieceLength}: ${why}`, async () => {
        assert.deepEqual(await eventsOf(text, pieceLength), expected)
      })
    }
  }
})
