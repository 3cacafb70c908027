/** The peer's certificate as facts, from the X.509 form that both runtimes give. */
import type { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from './socket.ts'

export function peerCertificateFrom(x509: X509Certificate): PeerCertificate {
  return {
    subject: distinguishedNameFrom(x509.subject),
    issuer: distinguishedNameFrom(x509.issuer),
    alternativeNames: alternativeNamesFrom(x509.subjectAltName ?? ''),
    fingerprint256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFrom: x509.validFromDate,
    validTo: x509.validToDate,
  }
}

/**
 * RFC 4514 writes the most specific part first; X.509 and the runtimes write it last, one part a line. Values come
 * escaped already, so that a line break or ` + ` is always a separator.
 */
export function distinguishedNameFrom(lines: string | undefined): string {
  if (!lines) return ''
  return lines.split('\n').reverse().join(',').replaceAll(' + ', '+')
}

/**
 * `DNS:a, URI:"b\u002cDNS:c"` as its parts. A value that holds a separator is quoted as JSON, so that a certificate
 * cannot smuggle in a name by a comma (CVE-2021-44532).
 */
export function alternativeNamesFrom(text: string): string[] {
  const parts = text.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? []
  return parts.map((part) => alternativeNameFrom(part.trim()))
}

function alternativeNameFrom(part: string): string {
  const colon = part.indexOf(':')
  const kind = part.slice(0, colon)
  const value = part.slice(colon + 1)
  return `${kind === 'IP Address' ? 'IP' : kind}:${value.startsWith('"') ? JSON.parse(value) : value}`
}
