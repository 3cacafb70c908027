/** An IPv4 peer of a listener on `::` arrives as `::ffff:192.0.2.1`; whoever compares addresses wants `192.0.2.1`. */
export function unmappedAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
