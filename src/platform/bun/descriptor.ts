/**
 * File descriptors by number. Bun can listen on a descriptor but neither duplicate one nor hold a listening socket
 * without accepting from it, so the C library is asked through `bun:ffi`: one call that takes and returns an integer.
 */
import { closeSync } from 'node:fs'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { cLibraryNames } from './c-library-names.ts'

interface CLibrary {
  symbols: { dup(fd: number): number }
}

interface BunFfi {
  dlopen(name: string, symbols: { dup: { args: ['int']; returns: 'int' } }): CLibrary
}

/** @throws ServiceError `NOT_SUPPORTED` where the C library cannot be reached, `DESCRIPTOR_FAILED` for a bad number. */
export function duplicateDescriptor(fd: number): number {
  const library = cLibrary()
  if (library === undefined) {
    throw new ServiceError('NOT_SUPPORTED', 'Bun cannot reach the C library of this machine through bun:ffi.')
  }
  const copy = library.symbols.dup(fd)
  if (copy < 0) throw new ServiceError('DESCRIPTOR_FAILED', `File descriptor ${fd} cannot be duplicated.`)
  return copy
}

export function canDuplicateDescriptors(): boolean {
  return cLibrary() !== undefined
}

export function closeDescriptor(fd: number): void {
  closeSync(fd)
}

let library: CLibrary | undefined

function cLibrary(): CLibrary | undefined {
  library ??= openLibrary()
  return library
}

function openLibrary(): CLibrary | undefined {
  const ffi = process.getBuiltinModule('bun:ffi') as BunFfi | undefined
  for (const name of cLibraryNames()) {
    try {
      return ffi?.dlopen(name, { dup: { args: ['int'], returns: 'int' } })
    } catch {
      // Another C library than this one; the next name may be right.
    }
  }
  return undefined
}
