/**
 * LogOutput: standard output or error as a place for log lines, written without waiting where the system allows it.
 *
 * A pipe whose reader stalls would block a plain write and with it the whole event loop. On Linux the pipe is therefore
 * opened a second time without blocking, which leaves the descriptor that others share as it is; elsewhere, and for
 * terminals, files and sockets (which Node.js and Bun give their child processes), writes are plain.
 */
import { constants, fstatSync, openSync, type Stats, writeSync } from 'node:fs'
import { builtinModule } from './builtin-module.ts'

export interface LogOutput {
  readonly isTerminal: boolean
  /** A write of at most this many bytes stays in one piece, whoever else writes to the same place. */
  readonly wholeWriteBytes: number
  /**
   * Writes as many of `bytes` as fit now.
   *
   * @throws Error with the system's `code`: `EAGAIN` when nothing fits, `EPIPE` when nobody reads any more, `EIO`, `ENOSPC` …
   */
  write(bytes: Uint8Array): number
  /** Calls `flush` when the process ends, by itself, by `process.exit()` or by an uncaught error. Returns its own unsubscribe. */
  onExit(flush: () => void): () => void
  /** Blocks the thread, for a process that is about to end and has nothing better to do. */
  pauseThread(ms: number): void
}

/** POSIX: writes to a pipe up to PIPE_BUF are atomic; 4,096 on Linux and at least 512 anywhere. */
const pipeBufferBytes = process.platform === 'linux' ? 4_096 : 512
const fileBufferBytes = 65_536

export function openLogOutput(descriptor: 1 | 2 = 1): LogOutput {
  const kind = fstatSync(descriptor)
  const fd = kind.isFIFO() && process.platform === 'linux' ? reopenWithoutBlocking(descriptor) : descriptor
  return {
    isTerminal: isTerminalOf(descriptor, kind),
    wholeWriteBytes: kind.isFIFO() || kind.isSocket() ? pipeBufferBytes : fileBufferBytes,
    write: (bytes) => writeSync(fd, bytes),
    onExit(flush) {
      process.on('exit', flush)
      return () => process.off('exit', flush)
    },
    pauseThread: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  }
}

/** The pipe may belong to another user, or /proc may not be mounted; then it is used as it is. */
function reopenWithoutBlocking(descriptor: number): number {
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return descriptor
  }
}

/** Whether people read it. */
export function isTerminal(descriptor: 1 | 2 = 1): boolean {
  return isTerminalOf(descriptor, fstatSync(descriptor))
}

/** Linux numbers `/dev/null` 1:3. */
const nullDevice = 0x103

/** Whoever logs to a pipe, a file or nowhere does not pay for `node:tty`, which takes Bun 7 ms. */
function isTerminalOf(descriptor: 1 | 2, kind: Stats): boolean {
  if (!kind.isCharacterDevice() || (process.platform === 'linux' && kind.rdev === nullDevice)) return false
  return builtinModule('node:tty').isatty(descriptor)
}
