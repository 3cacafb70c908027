/**
 * OpenFile: a file to be read in pieces, from any place, as fast as the reader asks.
 *
 *   openFile ─▶ size, modifiedMs ─▶ read(position) │ for await (const piece of pieces({ start, end })) ─▶ close
 *
 * Size and time are those of the file that was opened: if its name leads elsewhere meanwhile, the answer stays whole.
 */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface OpenFile {
  /** In bytes, when it was opened. */
  readonly size: number
  /** Time of its last change, in milliseconds since the Unix epoch. */
  readonly modifiedMs: number
  /** Up to `maxBytes` from `position` on, in memory of its own; fewer only before the end of the file, none behind it. */
  read(position: number, maxBytes: number): Promise<Uint8Array>
  /**
   * The bytes of a range, one piece at a time and none before it is asked for. A piece is valid until the next one.
   *
   * @throws ServiceError `FILE_CHANGED` if the file became shorter than the range meanwhile.
   */
  pieces(range?: FileRange): AsyncGenerator<Uint8Array, void, void>
  /** Closing twice does nothing. */
  close(): Promise<void>
}

export interface FileRange {
  /** First byte; default 0. */
  start?: number
  /** The byte behind the last one; default the size. */
  end?: number
  /** Size of a piece in bytes; default 65,536. */
  pieceBytes?: number
}

/** @throws the system's error with its `code`, such as `ENOENT`; ServiceError `NOT_A_FILE` for a folder, pipe or device. */
export async function openFile(path: string): Promise<OpenFile> {
  // Without O_NONBLOCK opening a pipe would wait for its writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw notAFile(path)
    return new PlatformFile(handle, stats.size, stats.mtimeMs)
  } catch (error) {
    await handle.close()
    throw error
  }
}

class PlatformFile implements OpenFile {
  readonly size: number
  readonly modifiedMs: number
  readonly #handle: FileHandle
  #closed: Promise<void> | undefined

  constructor(handle: FileHandle, size: number, modifiedMs: number) {
    this.#handle = handle
    this.size = size
    this.modifiedMs = modifiedMs
  }

  async read(position: number, maxBytes: number): Promise<Uint8Array> {
    return this.#fill(new Uint8Array(maxBytes), position)
  }

  async *pieces({
    start = 0,
    end = this.size,
    pieceBytes = 65_536,
  }: FileRange = {}): AsyncGenerator<Uint8Array, void, void> {
    const buffer = new Uint8Array(Math.min(pieceBytes, Math.max(0, end - start)))
    for (let position = start; position < end; ) {
      const piece = await this.#fill(buffer.subarray(0, Math.min(buffer.length, end - position)), position)
      if (piece.length === 0) throw shortened(end, position)
      position += piece.length
      yield piece
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#handle.close()
    return this.#closed
  }

  async #fill(buffer: Uint8Array, position: number): Promise<Uint8Array> {
    let filled = 0
    while (filled < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, buffer.length - filled, position + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  }
}

function notAFile(path: string): ServiceError {
  return new ServiceError('NOT_A_FILE', `Expected ${path} to be a file; it is a folder, a pipe or a device.`)
}

function shortened(expected: number, found: number): ServiceError {
  return new ServiceError(
    'FILE_CHANGED',
    `Expected ${expected} bytes, but the file ends after ${found}: it was cut while it was read. Replace files by renaming.`,
  )
}
