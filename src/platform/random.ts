/**
 * Random bytes for ids, from the system's generator, in the way that costs least at the start of a process.
 *
 * Node.js loads 5 ms of crypto code for the first bytes asked of it, and Bun 10 ms for `node:crypto` but nothing for the
 * global `crypto`. The first bytes of a Node.js process are therefore read from `/dev/urandom`, which is the same
 * generator; later ones come from `node:crypto`, which is quicker for each call.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { builtinModule } from './builtin-module.ts'
import { runtimeName } from './runtime.ts'

/** About a thousand ids; whoever needs more has been started for long. */
let deviceReadsLeft = 8

/** Fills `bytes`, at most 65,536 of them. */
export function fillRandom(bytes: Uint8Array<ArrayBuffer>): void {
  if (runtimeName === 'bun') {
    crypto.getRandomValues(bytes)
    return
  }
  if (deviceReadsLeft > 0 && readFromDevice(bytes)) deviceReadsLeft--
  else builtinModule('node:crypto').randomFillSync(bytes)
}

/** False where there is no such device. */
function readFromDevice(bytes: Uint8Array): boolean {
  let descriptor: number | undefined
  try {
    descriptor = openSync('/dev/urandom', 'r')
    return readSync(descriptor, bytes) === bytes.length
  } catch {
    return false
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
