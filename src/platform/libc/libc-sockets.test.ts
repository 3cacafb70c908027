import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type SocketTransport, socketContract } from '../socket.contract.ts'
import { missingLibc } from './libc-skip.fixture.ts'
import { listen } from './listen.ts'

const tcp: SocketTransport = {
  name: 'TCP through the C library',
  lastWords: 'libc',
  canReset: true,
  listen,
  start: async () => undefined,
  stop: async () => undefined,
  listenOptions: () => ({}),
  connectOptions: ({ host, port }) => ({ host, port }),
}

function unix(): SocketTransport {
  let folder = ''
  let sockets = 0
  return {
    name: 'a Unix socket through the C library',
    canReset: false,
    listen,
    start: async () => {
      folder = await mkdtemp(join(tmpdir(), 'genever-libc-'))
    },
    stop: () => rm(folder, { recursive: true }),
    listenOptions: () => ({ path: join(folder, `${++sockets}.sock`) }),
    connectOptions: ({ path = '' }) => ({ path }),
  }
}

const skip = await missingLibc()
if (skip === false) {
  socketContract(tcp)
  socketContract(unix())
} else {
  describe('a socket through the C library', () => it('needs Linux and FFI', { skip }, () => undefined))
}
