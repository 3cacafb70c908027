/**
 * RawDuplex: an upgraded connection as the stream that the `ws` package expects, which also writes the answer to the
 * handshake itself: the first thing written is its head, and only then is the exchange upgraded, with the fields of it.
 */
import { Buffer } from 'node:buffer'
import { Duplex } from 'node:stream'
import type { UpgradedConnection } from '../exchange.ts'
import { HeaderList } from '../headers.ts'

export type Upgrade = (headers: HeaderList) => UpgradedConnection

type Callback = (error?: Error | null) => void

export class RawDuplex extends Duplex {
  readonly #upgrade: Upgrade
  #raw: UpgradedConnection | undefined
  #afterDrain: Callback | undefined

  constructor(upgrade: Upgrade) {
    super({ allowHalfOpen: false })
    this.#upgrade = upgrade
  }

  /** Bytes behind the head of the request may be read now. */
  start(): void {
    const early = this.#raw?.early
    if (early !== undefined && early.length > 0) this.push(Buffer.from(early))
  }

  override _write(chunk: Buffer, _encoding: string, done: Callback): void {
    if (this.#raw === undefined) this.#answer(chunk, done)
    else if (this.#raw.write(chunk)) done()
    else this.#afterDrain = done
  }

  override _read(): void {
    this.#raw?.resume()
  }

  override _final(done: Callback): void {
    this.#raw?.end()
    done()
  }

  override _destroy(error: Error | null, done: Callback): void {
    this.#raw?.destroy()
    done(error)
  }

  /** `ws` refuses by writing another status; nobody is told but by the error. */
  #answer(head: Buffer, done: Callback): void {
    const [statusLine = '', ...lines] = head.toString('latin1').split('\r\n')
    if (!statusLine.startsWith('HTTP/1.1 101 ')) {
      done(new Error(`the handshake was refused: ${statusLine}`))
      return
    }
    const fields = lines.filter((line) => line !== '').map((line) => line.split(': ', 2) as [string, string])
    const raw = this.#upgrade(HeaderList.from(fields))
    raw.handlers = {
      data: (bytes) => this.#received(bytes),
      drained: () => this.#drained(),
      end: () => this.push(null),
      close: (error) => this.destroy(error),
    }
    this.#raw = raw
    done()
  }

  #received(bytes: Uint8Array): void {
    // A copy: the bytes are only lent, and `ws` unmasks them where they lie.
    if (!this.push(Buffer.from(bytes))) this.#raw?.pause()
  }

  #drained(): void {
    const done = this.#afterDrain
    this.#afterDrain = undefined
    done?.()
  }
}
