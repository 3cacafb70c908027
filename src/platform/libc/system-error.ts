/** A failed call to the system as an Error, in the form that the runtimes give theirs. */
import { builtinModule } from '../builtin-module.ts'

export function systemError(syscall: string, errno: number): Error {
  const code = nameOf(errno)
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: -errno, syscall })
}

function nameOf(errno: number): string {
  const names = Object.entries(builtinModule('node:os').constants.errno)
  return names.find(([, value]) => value === errno)?.[0] ?? `E${errno}`
}
