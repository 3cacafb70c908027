/** RocketMQ without RocketMQ: its bytes, its names, and what its settings may lose. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rocketmqBroker } from '../index.ts'
import { CommandReader, command, encodeCommand, parseBody, type RocketCommand } from './rocketmq/rocketmq-command.ts'
import { fromRecord, parseProperties, propertiesOf, rocketGroup } from './rocketmq/rocketmq-message.ts'
import { forgetfulness } from './rocketmq.ts'

describe('the protocol of RocketMQ', () => {
  it('reads commands from pieces of any size', () => {
    const sent = [1, 2, 3].map((opaque) => ({ ...command(310, { b: 't' }, Buffer.alloc(opaque, 'x')), opaque }))
    const bytes = Buffer.concat(sent.map(encodeCommand))
    for (const size of [1, 3, 7, 100, bytes.length]) {
      const read: RocketCommand[] = []
      const reader = new CommandReader((one) => read.push({ ...one, body: Buffer.from(one.body) }))
      for (let at = 0; at < bytes.length; at += size) reader.add(bytes.subarray(at, at + size))
      assert.deepEqual(
        read.map(({ code, opaque, fields, body }) => [code, opaque, fields.b, Buffer.from(body).toString()]),
        [
          [310, 1, 't', 'x'],
          [310, 2, 't', 'xx'],
          [310, 3, 't', 'xxx'],
        ],
        `in pieces of ${size}`,
      )
    }
  })

  it('refuses what is another protocol, and does not wait for gigabytes', () => {
    const reader = new CommandReader(() => assert.fail())
    assert.throws(() => reader.add(Buffer.from('HTTP/1.1 400 Bad Request')), { code: 'BROKER_UNAVAILABLE' })
  })

  it('reads maps whose keys are numbers', () => {
    assert.deepEqual(parseBody(Buffer.from('{"brokerAddrs":{0:"a:1",12:"b:2"}}')), {
      brokerAddrs: { '0': 'a:1', '12': 'b:2' },
    })
  })
})

describe('a message in RocketMQ', () => {
  const message = { topic: 'a.b', id: 'i', key: 'k', body: Buffer.from('x') }
  const headers: { text: string; why: string }[] = [
    { text: 'Grüße', why: 'other letters' },
    { text: 'a\u0001b\u0002c\n', why: 'what separates properties' },
    { text: '100 %25', why: 'what escapes' },
    { text: '', why: 'nothing' },
  ]
  for (const { text, why } of headers) {
    it(`keeps ${why}`, () => {
      const properties = parseProperties(propertiesOf({ ...message, headers: { note: text } }))
      const record = { offset: 1, logOffset: 1, body: message.body, properties }
      assert.deepEqual(fromRecord(record, 'a.b', 'q'), { ...message, headers: { note: text } })
    })
  }

  it('is known by its place if its writer gave it no id', () => {
    const record = {
      offset: 7,
      logOffset: 1,
      body: message.body,
      properties: parseProperties('TAGS\u0001x\u0002n\u0001100% sure\u0002'),
    }
    const { id, headers } = fromRecord(record, 't', 'a 3')
    assert.deepEqual([id, headers], ['t-a 3-7', { n: '100% sure' }])
  })

  it('belongs to a group of its topic alone', () => {
    assert.equal(rocketGroup('order.placed', 'points'), 'points%order%2Eplaced')
  })
})

describe('a broker of RocketMQ', () => {
  const settings: { flushDiskType: string; brokerRole: string; problems: number; why: string }[] = [
    { flushDiskType: 'SYNC_FLUSH', brokerRole: 'SYNC_MASTER', problems: 0, why: 'loses nothing with one machine' },
    { flushDiskType: 'ASYNC_FLUSH', brokerRole: 'SYNC_MASTER', problems: 1, why: 'may lose what is not on its disk' },
    { flushDiskType: 'ASYNC_FLUSH', brokerRole: 'ASYNC_MASTER', problems: 2, why: 'may lose it for good' },
  ]
  for (const { problems, why, ...found } of settings) {
    it(`${why} with ${found.flushDiskType} and ${found.brokerRole}`, () => {
      assert.equal(forgetfulness(found).length, problems)
    })
  }

  it('refuses a login that it could not keep', () => {
    assert.throws(() => rocketmqBroker({ url: 'rocketmq://user:secret@host' }), { code: 'BAD_BROKER_URL' })
  })
})
