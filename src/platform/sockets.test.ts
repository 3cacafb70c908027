import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type SocketTransport, socketContract } from './socket.contract.ts'
import { createTestAuthority, hasOpenssl, type TestAuthority } from './test-authority.fixture.ts'
import type { TlsServerOptions } from './tls.ts'

const tcp: SocketTransport = {
  name: 'TCP',
  lastWords: 'sockets',
  canReset: true,
  start: async () => undefined,
  stop: async () => undefined,
  listenOptions: () => ({}),
  connectOptions: ({ host, port }) => ({ host, port }),
}

function unix(): SocketTransport {
  let folder = ''
  let sockets = 0
  return {
    name: 'a Unix socket',
    canReset: false,
    start: async () => {
      folder = await mkdtemp(join(tmpdir(), 'genever-sockets-'))
    },
    stop: () => rm(folder, { recursive: true }),
    listenOptions: () => ({ path: join(folder, `${++sockets}.sock`) }),
    connectOptions: ({ path = '' }) => ({ path }),
  }
}

function tls(): SocketTransport {
  let authority: TestAuthority
  let settings: TlsServerOptions
  return {
    name: 'TLS',
    canReset: false,
    start: async () => {
      authority = await createTestAuthority()
      settings = await authority.issue('server')
    },
    stop: () => authority.close(),
    listenOptions: () => ({ tls: settings }),
    connectOptions: ({ host, port }) => ({ host, port, tls: { serverName: 'localhost', ca: authority.ca } }),
  }
}

socketContract(tcp)
socketContract(unix())
if (await hasOpenssl()) socketContract(tls())
else describe('a socket over TLS', () => it('needs the openssl command, which is not on this machine', { skip: true }))
