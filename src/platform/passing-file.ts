/** PassingFile: a file that only this user reads, and that has no name any more once it is read. */
import { mkdtemp, open, rm } from 'node:fs/promises'
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

  /** Its content. Whoever reads it may leave, or never begin: nothing stays behind. */
  async take(): Promise<AsyncIterable<Uint8Array>> {
    const handle = await open(this.path)
    await this.remove()
    return handle.createReadStream()
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true })
  }
}
