/** PassingFile: a file that only this user reads, and that is gone when it was sent, or when whoever reads it leaves. */
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class PassingFile {
  readonly path: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.path = join(folder, 'content')
  }

  static async create(): Promise<PassingFile> {
    // mkdtemp gives it to this user alone.
    return new PassingFile(await mkdtemp(join(tmpdir(), 'genever-')))
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
