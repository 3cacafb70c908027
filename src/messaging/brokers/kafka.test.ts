/** What needs no server: addresses of Kafka, messages as its records, partitions in hand, and what is said of careless topics. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { parseKafkaUrl } from './kafka/kafka-address.ts'
import { KafkaLane } from './kafka/kafka-lane.ts'
import { fromRecord, toRecord } from './kafka/kafka-record.ts'
import { carelessness } from './kafka/kafka-topics.ts'

describe('an address of Kafka', () => {
  const rows = [
    { url: 'kafka://a', expected: { brokers: ['a:9092'], tls: false }, why: 'the port is 9092' },
    { url: 'kafka://a:1,b:2', expected: { brokers: ['a:1', 'b:2'], tls: false }, why: 'several may be asked first' },
    {
      url: 'kafkas://me:a%2Fb@a:1?sasl=scram-sha-512',
      expected: { brokers: ['a:1'], tls: true, login: { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'a/b' } },
      why: 'TLS and a login',
    },
    {
      url: 'kafkas://me:x:y@a:1',
      expected: { brokers: ['a:1'], tls: true, login: { mechanism: 'PLAIN', username: 'me', password: 'x:y' } },
      why: 'a password may have a colon',
    },
  ]
  for (const { url, expected, why } of rows) it(why, () => assert.deepEqual(parseKafkaUrl(url), expected))

  for (const url of ['kafka://', 'kafka://a,,b', 'redis://a', 'kafka://me:secret@a?sasl=magic']) {
    it(`is not ${url.replace(/\/\/.*@/, '//…@')}`, () => {
      assert.throws(
        () => parseKafkaUrl(url),
        (error) =>
          error instanceof ServiceError && error.code === 'BAD_BROKER_URL' && !error.message.includes('secret'),
      )
    })
  }
})

describe('a record of Kafka', () => {
  const read = (record: ReturnType<typeof toRecord>) => ({
    offset: 7,
    key: record.key ?? null,
    value: record.value,
    headers: [...record.headers],
  })

  it('has the attributes of a CloudEvent under the names of its binding for Kafka', () => {
    const message = { topic: 't', id: '1', key: 'k', headers: { 'ce-id': '1', note: 'ü' }, body: Buffer.from('x') }
    const record = toRecord(message)
    assert.deepEqual([...record.headers].map(String), ['ce_id,1', 'note,ü'])
    assert.deepEqual(fromRecord(read(record), 't', 0), message)
  })

  it('keeps an id that no CloudEvent has, a key that is empty, and none', () => {
    for (const key of ['', undefined]) {
      const message = { topic: 't', id: '1', key, headers: { a: 'b' }, body: Buffer.alloc(0) }
      assert.deepEqual(fromRecord(read(toRecord(message)), 't', 0), message)
    }
  })

  it('of another client has its place as its id', () => {
    const message = fromRecord({ offset: 7, key: null, value: null, headers: [] }, 't', 3)
    assert.deepEqual(message, { topic: 't', id: 't-3-7', key: undefined, headers: {}, body: new Uint8Array() })
  })
})

describe('a partition that is held', () => {
  const records = (...offsets: number[]) =>
    offsets.map((offset) => ({ offset, timeMs: 0, key: null, value: null, headers: [] }))
  const fetched = (...offsets: number[]) => ({
    partition: 0,
    records: records(...offsets),
    next: (offsets.at(-1) ?? 0) + 1,
    isOutOfRange: false,
  })

  it('is acknowledged up to the first gap', () => {
    const lane = new KafkaLane(0, 10)
    lane.take(fetched(10, 11, 12, 13))
    for (let count = 0; count < 3; count++) lane.shift()
    lane.acknowledge(11)
    assert.equal(lane.acknowledged, 10)
    lane.acknowledge(10)
    assert.equal(lane.acknowledged, 12)
    lane.acknowledge(12)
    assert.equal(lane.acknowledged, 13, 'of what waits here nothing is acknowledged')
    lane.commit(13)
    assert.deepEqual([lane.committed, lane.open, lane.inHand], [13, 0, 0])
  })

  it('takes nothing twice of a batch that begins before it, and passes over what is no message', () => {
    const lane = new KafkaLane(0, 12)
    lane.take({ ...fetched(10, 11, 12), next: 15 })
    assert.equal(lane.shift()?.offset, 12)
    assert.equal(lane.shift(), undefined)
    lane.acknowledge(12)
    assert.equal(lane.acknowledged, 15)
  })

  it('has nothing in hand that was returned, until it is delivered again', () => {
    const lane = new KafkaLane(0, 0)
    lane.take(fetched(0))
    lane.shift()
    lane.returned(0)
    assert.equal(lane.inHand, 0)
    lane.delivered(0)
    lane.delivered(0)
    assert.equal(lane.inHand, 1)
  })
})

describe('carelessness of a topic', () => {
  const rows = [
    { replicas: 3, settings: { 'min.insync.replicas': '2' }, problems: 0, why: 'three copies, two of them in sync' },
    { replicas: 3, settings: undefined, problems: 0, why: 'a server that does not tell is not blamed' },
    { replicas: 3, settings: { 'min.insync.replicas': '1' }, problems: 1, why: 'one copy acknowledges alone' },
    { replicas: 1, settings: { 'min.insync.replicas': '1' }, problems: 2, why: 'there is one copy' },
    {
      replicas: 3,
      settings: { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'true' },
      problems: 1,
      why: 'a copy that is behind may become the leader',
    },
  ]
  for (const { replicas, settings, problems, why } of rows) {
    it(why, () => assert.equal(carelessness(replicas, settings).length, problems))
  }
})
