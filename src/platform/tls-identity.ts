/** Checks TLS settings before a listener takes them, so that a bad reload leaves the old ones in place. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { builtinModule } from './builtin-module.ts'
import type { ClientCertificates, TlsIdentity } from './tls.ts'

/** @throws ServiceError `BAD_CERTIFICATE` */
export function checkTlsIdentity({ cert, key, ca, clientCertificates = 'none' }: TlsIdentity & Asking): void {
  const { createPrivateKey, X509Certificate } = builtinModule('node:crypto')
  const leaf = parsed('certificate', () => new X509Certificate(cert))
  const privateKey = parsed('private key', () => createPrivateKey(key))
  if (ca !== undefined) parsed('authority', () => new X509Certificate(ca))
  if (!leaf.checkPrivateKey(privateKey)) {
    throw badCertificate('the private key does not belong to the certificate; give the pair that was issued together')
  }
  // The runtimes would fall back on the public authorities, from which anybody can get a certificate.
  if (clientCertificates !== 'none' && ca === undefined) {
    throw badCertificate('client certificates are asked for, but `ca` does not say whose to trust')
  }
}

interface Asking {
  clientCertificates?: ClientCertificates
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
