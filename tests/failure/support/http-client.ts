/**
 * A bare HTTP/1.1 client on one connection that never retries and says exactly what became of a request.
 *
 *   request ─▶ answered │ refused │ lost (the connection ended before the answer did)
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly body: string
  /** Whether the server announced that it ends the connection. */
  readonly isLast: boolean
}

interface Waiting {
  resolve(answer: Answer): void
  reject(error: Error): void
}

export class HttpConnection {
  readonly #socket: Socket
  #received = ''
  #waiting: Waiting | undefined
  #error: Error | undefined
  #isOver = false

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
        socket.off('error', reject)
        resolve(new HttpConnection(socket))
      })
      socket.once('error', reject)
    })
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('end', () => this.#finish())
    socket.on('close', () => this.#finish())
  }

  /** False once the server has ended the connection or announced that it will. */
  get isUsable(): boolean {
    return !this.#isOver
  }

  /** Rejects if the connection ends before the whole answer is there. */
  get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`)
      if (this.#isOver) this.#finish()
    })
  }

  close(): void {
    this.#isOver = true
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#received += text
    const answer = parseAnswer(this.#received)
    if (answer === undefined) return
    this.#received = ''
    if (answer.isLast) this.#isOver = true
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(answer)
  }

  #finish(): void {
    this.#isOver = true
    const waiting = this.#waiting
    this.#waiting = undefined
    const reason = this.#error?.message ?? 'closed'
    waiting?.reject(new Error(`lost after ${this.#received.length} bytes of the answer: ${reason}`))
  }
}

/** Enough for what our own test services answer: a length, or chunks that end in an empty one. */
function parseAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = text.slice(0, headEnd).toLowerCase()
  const rest = text.slice(headEnd + 4)
  const status = Number(head.slice(9, 12))
  const isLast = /^connection: *close$/m.test(head)
  const length = /^content-length: *(\d+)$/m.exec(head)?.[1]
  if (length === undefined) {
    if (!rest.endsWith('0\r\n\r\n')) return undefined
    return { status, isLast, body: rest.replaceAll(/[0-9a-f]+\r\n([^\r]*)\r\n/gi, '$1') }
  }
  if (rest.length < Number(length)) return undefined
  return { status, isLast, body: rest.slice(0, Number(length)) }
}
