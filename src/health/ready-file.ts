/**
 * ReadyFile: a file that exists exactly while the service is ready, for probes that run a command (`test -f /tmp/ready`)
 * and for balancers that watch a folder.
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { removeFile, writeTextFile } from '../platform/text-file.ts'

export class ReadyFile {
  readonly #path: string
  #last: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Creates or removes the file; calls take effect in their order. Call it with false before the start as well: a process
   * that was killed has left its file behind.
   *
   * @throws ServiceError `READY_FILE_FAILED`
   */
  show(isReady: boolean): Promise<void> {
    const change = this.#last.then(() => this.#write(isReady))
    this.#last = change.catch(() => {})
    return change
  }

  async #write(isReady: boolean): Promise<void> {
    try {
      await (isReady ? writeTextFile(this.#path, 'ready\n') : removeFile(this.#path))
    } catch (cause) {
      const action = isReady ? 'created' : 'removed'
      throw new ServiceError(
        'READY_FILE_FAILED',
        `The ready file '${this.#path}' could not be ${action}; its folder must exist and be writable.`,
        { cause },
      )
    }
  }
}
