/** A private certificate authority for tests, made by the `openssl` command in a folder that is removed afterwards. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TlsIdentity } from './tls.ts'

export interface TestAuthority {
  /** PEM text of the authority's own certificate. */
  readonly ca: string
  /** A certificate for `localhost`, `127.0.0.1`, `::1` and `spiffe://test/<name>`, with the subject `CN=<name>,O=test`. */
  issue(name: string): Promise<TlsIdentity & { ca: string }>
  close(): Promise<void>
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** @throws if there is no `openssl` command */
export async function createTestAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'genever-authority-'))
  const at = (file: string): string => join(folder, file)
  const read = (file: string): Promise<string> => readFile(at(file), 'utf8')
  const subject = ['-subj', '/O=test/CN=test authority']
  await openssl('req', '-x509', ...newKey, ...subject, '-days', '2', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  const ca = await read('ca.pem')
  return {
    ca,
    async issue(name) {
      const names = `subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,URI:spiffe://test/${name}\n`
      await writeFile(at(`${name}.ext`), names)
      const request = ['-keyout', at(`${name}.key`), '-out', at(`${name}.csr`)]
      await openssl('req', ...newKey, '-subj', `/O=test/CN=${name}`, ...request)
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at(`${name}.ext`)]
      await openssl('x509', '-req', '-in', at(`${name}.csr`), ...signing, '-days', '2', '-out', at(`${name}.pem`))
      return { cert: await read(`${name}.pem`), key: await read(`${name}.key`), ca }
    },
    close: () => rm(folder, { recursive: true }),
  }
}

/** Tests that need certificates are skipped on a developer's machine without `openssl`; CI must have it. */
export async function hasOpenssl(): Promise<boolean> {
  try {
    await openssl('version')
    return true
  } catch (error) {
    if (process.env.CI) throw error
    return false
  }
}

async function openssl(...parameters: string[]): Promise<void> {
  await promisify(execFile)('openssl', parameters)
}
