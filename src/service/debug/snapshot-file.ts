/** SnapshotFile: a file that only this user reads, and that is gone when it was sent, or when whoever reads it leaves. */
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class SnapshotFile {
  readonly path: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.path = join(folder, 'heap.heapsnapshot')
  }

  static async create(): Promise<SnapshotFile> {
    // mkdtemp gives it to this user alone.
    return new SnapshotFile(await mkdtemp(join(tmpdir(), 'genever-heap-')))
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of createReadStream(this.path)) yield piece as Uint8Array
    } finally {
      await this.remove()
    }
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}
