/** Checks a certificate and its key before a listener takes them, so that a bad reload leaves the old ones in place. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { builtinModule } from './builtin-module.ts'
import type { TlsIdentity } from './tls.ts'

/** @throws ServiceError `BAD_CERTIFICATE` */
export function checkTlsIdentity({ cert, key, ca }: TlsIdentity): void {
  const { createPrivateKey, X509Certificate } = builtinModule('node:crypto')
  const leaf = parsed('certificate', () => new X509Certificate(cert))
  const privateKey = parsed('private key', () => createPrivateKey(key))
  if (ca !== undefined) parsed('authority', () => new X509Certificate(ca))
  if (!leaf.checkPrivateKey(privateKey)) {
    throw badCertificate('the private key does not belong to the certificate; give the pair that was issued together')
  }
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw badCertificate(`the ${what} is not PEM text that can be read`, cause)
  }
}

function badCertificate(reason: string, cause?: unknown): ServiceError {
  return new ServiceError('BAD_CERTIFICATE', `Cannot use this TLS identity: ${reason}.`, { cause })
}
