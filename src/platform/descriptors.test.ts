import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { openDescriptors, socketsInTable } from './descriptors.ts'

describe('a table of sockets', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
  const row = (local: string, remote: string, state: string) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000 100 0 0 10 0`
  const rows = [
    {
      line: row('0100007F:1F90', '0200000A:01BB', '01'),
      socket: { local: '127.0.0.1:8080', remote: '10.0.0.2:443', state: 'established' },
      why: 'IPv4, word by word',
    },
    {
      line: row('00000000:0050', '00000000:0000', '0A'),
      socket: { local: '0.0.0.0:80', remote: '0.0.0.0:0', state: 'listening' },
      why: 'a listener',
    },
    {
      line: row('B80D0120000000000000000001000000:0050', '00000000000000000000000000000000:0000', '08'),
      socket: { local: '[2001:db8::1]:80', remote: '[::]:0', state: 'close_wait' },
      why: 'IPv6',
    },
    {
      line: row('0000000000000000FFFF00000100007F:0050', '0000000000000000FFFF00000100007F:0051', '01'),
      socket: { local: '127.0.0.1:80', remote: '127.0.0.1:81', state: 'established' },
      why: 'IPv4 over a socket of IPv6',
    },
  ]
  for (const { line, socket, why } of rows) {
    it(`is read: ${why}`, () => assert.deepEqual(socketsInTable(`${head}\n${line}\n`), [['4711', socket]]))
  }
})

it('the open descriptors name both ends of a connection', {
  skip: process.platform !== 'linux' && 'no /proc',
}, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const descriptors = (await openDescriptors()) ?? []
  const states = descriptors.flatMap(({ socket: tcp }) =>
    tcp !== undefined && [tcp.local, tcp.remote].includes(`127.0.0.1:${port}`) ? [tcp.state] : [],
  )
  assert.ok(
    states.includes('listening') && states.filter((state) => state === 'established').length >= 1,
    states.join(),
  )
  socket.destroy()
  server.close()
})
