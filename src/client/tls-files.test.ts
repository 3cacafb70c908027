import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeTemporaryFolder, type TemporaryFolder } from '../platform/files.ts'
import { createTestAuthority, hasOpenssl, type TestAuthority } from '../platform/test-authority.fixture.ts'
import { memoryLogger } from '../testing/memory-logger.ts'
import type { EngineServer } from '../wire/engines/engine.ts'
import { socketsEngine } from '../wire/engines/sockets.ts'
import { HeaderList } from '../wire/headers.ts'
import { HttpClient } from './http-client.ts'
import { tlsFiles } from './tls-files.ts'

const skip = (await hasOpenssl()) ? false : 'needs the openssl command, which is not on this machine'

describe('TLS of a client', { skip }, () => {
  let authority: TestAuthority
  let folder: TemporaryFolder
  let server: EngineServer
  const clients: HttpClient[] = []

  before(async () => {
    authority = await createTestAuthority()
    folder = await makeTemporaryFolder('genever-client-tls-')
    // It answers with the name in the certificate of whoever calls.
    server = await socketsEngine.listen({
      handler: (exchange) =>
        exchange.respond(200, new HeaderList(), exchange.peer.tls?.certificate?.subject ?? 'nobody'),
      tls: { ...(await authority.issue('server')), clientCertificates: 'require' },
    })
    await writeFile(at('ca.pem'), authority.ca)
    await putIdentity('first')
  })
  after(async () => {
    for (const http of clients) http.close()
    await server.close()
    await folder.remove()
    await authority.close()
  })

  const at = (file: string): string => join(folder.path, file)
  const files = () => ({
    caFile: at('ca.pem'),
    certFile: at('tls.crt'),
    keyFile: at('tls.key'),
    serverName: 'localhost',
  })

  async function putIdentity(name: string): Promise<void> {
    const { cert, key } = await authority.issue(name)
    await Promise.all([replace('tls.key', key), replace('tls.crt', cert)])
  }

  async function replace(file: string, text: string): Promise<void> {
    await writeFile(at(`${file}.new`), text)
    await rename(at(`${file}.new`), at(file))
  }

  function httpClient(tls: ConstructorParameters<typeof HttpClient>[0] = {}): HttpClient {
    const http = new HttpClient({ proxies: 'none', ...tls })
    clients.push(http)
    return http
  }

  const whoAmI = async (http: HttpClient): Promise<string> =>
    (await http.request(`https://127.0.0.1:${server.port}/`)).text()

  it('shows its certificate from files, and the new one once they are rotated, without a failed call', async () => {
    const logged = memoryLogger()
    const http = httpClient({ tls: tlsFiles({ ...files(), log: logged.log }) })
    assert.equal(await whoAmI(http), 'CN=first,O=test')
    await putIdentity('second')
    const giveUpMs = performance.now() + 10_000
    while ((await whoAmI(http)) !== 'CN=second,O=test') {
      assert.ok(performance.now() < giveUpMs, 'the new certificate was not used')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

  it('keeps the last good pair while the new one does not belong together', async () => {
    const logged = memoryLogger()
    const http = httpClient({ tls: tlsFiles({ ...files(), log: logged.log }) })
    const before = await whoAmI(http)
    await replace('tls.key', (await authority.issue('other')).key)
    const giveUpMs = performance.now() + 10_000
    while (!JSON.stringify(logged.records).includes('the last ones stay')) {
      assert.ok(performance.now() < giveUpMs, 'the wrong pair was not noticed')
      assert.equal(await whoAmI(http), before)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await putIdentity('first')
  })

  it('refuses a server whose name is another, or whose authority is not known', async () => {
    const identity = await authority.issue('client')
    const { cert, key, ca } = identity
    await assert.rejects(whoAmI(httpClient({ tls: { ca, cert, key, serverName: 'elsewhere.test' } })), {
      code: 'TLS_FAILED',
    })
    await assert.rejects(whoAmI(httpClient({ tls: { cert, key, serverName: 'localhost' } })), { code: 'TLS_FAILED' })
  })

  it('says which file is missing, and that a certificate needs its key', async () => {
    const http = httpClient({ tls: tlsFiles({ caFile: at('nowhere.pem') }) })
    await assert.rejects(whoAmI(http), { code: 'BAD_CERTIFICATE', message: /nowhere\.pem/ })
    assert.throws(() => tlsFiles({ certFile: at('tls.crt') }), { code: 'BAD_CERTIFICATE' })
  })
})
