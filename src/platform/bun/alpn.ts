/** Protocol names in the wire format of ALPN (RFC 7301 section 3.1): each behind its length in one byte. */
export function alpnWireFormat(protocols: readonly string[]): Uint8Array {
  return Buffer.concat(protocols.map((name) => Buffer.from([name.length, ...Buffer.from(name, 'latin1')])))
}
