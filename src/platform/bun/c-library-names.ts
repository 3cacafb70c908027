/** What the C library is called on this machine, the likelier first: of glibc or of musl. */
export function cLibraryNames(): string[] {
  if (process.platform === 'darwin') return ['libSystem.B.dylib']
  const musl = process.arch === 'arm64' ? 'libc.musl-aarch64.so.1' : 'libc.musl-x86_64.so.1'
  return ['libc.so.6', musl]
}
