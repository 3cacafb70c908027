/** Cuts a stream of bytes into lines of text. */
import { StringDecoder } from 'node:string_decoder'

export interface LineSplitterOptions {
  /** Longest line, in characters; a longer one is cut. Default 65,536. */
  maxLength?: number
  /** Called with each line, without its line end. */
  onLine(line: string): void
}

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  readonly #maxLength: number
  #rest = ''

  constructor({ onLine, maxLength = 65_536 }: LineSplitterOptions) {
    this.#onLine = onLine
    this.#maxLength = maxLength
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#emit(line.endsWith('\r') ? line.slice(0, -1) : line)
    // A program that never ends its line must not fill our memory.
    while (this.#rest.length > this.#maxLength) this.#rest = this.#cut(this.#rest)
  }

  /** The stream is over: what is left is a line too. */
  end(): void {
    const last = this.#rest + this.#decoder.end()
    this.#rest = ''
    if (last !== '') this.#emit(last)
  }

  #emit(line: string): void {
    let rest = line
    while (rest.length > this.#maxLength) rest = this.#cut(rest)
    this.#onLine(rest)
  }

  #cut(line: string): string {
    this.#onLine(line.slice(0, this.#maxLength))
    return line.slice(this.#maxLength)
  }
}
