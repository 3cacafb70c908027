/** A server that does exactly what a test says with each connection, down to the bytes and when it hangs up. */
import { createServer, type Socket } from 'node:net'

export interface RawServer {
  readonly port: number
  readonly url: string
  /** Connections that were ever accepted. */
  readonly accepted: number
  readonly open: ReadonlySet<Socket>
  close(): Promise<void>
}

export interface RawRequest {
  /** The head and the body, as they came. */
  readonly text: string
  readonly socket: Socket
  /** Of this connection, from 1. */
  readonly number: number
}

/** `answer` is called for each whole request; a body must be announced by its length. */
export function startRawServer(answer: (request: RawRequest) => void): Promise<RawServer> {
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer({ noDelay: true }, (socket) => {
    accepted++
    open.add(socket)
    let received = ''
    let number = 0
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    socket.on('data', (text: string) => {
      received += text
      for (let end = endOfRequest(received); end !== -1; end = endOfRequest(received)) {
        const request = received.slice(0, end)
        received = received.slice(end)
        answer({ text: request, socket, number: ++number })
      }
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      resolve({
        port,
        url: `http://127.0.0.1:${port}`,
        get accepted() {
          return accepted
        },
        open,
        close: () =>
          new Promise((done) => {
            for (const socket of open) socket.destroy()
            server.close(() => done())
          }),
      })
    })
  })
}

/** -1 while it is not whole. */
function endOfRequest(text: string): number {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return -1
  const length = Number(/^content-length: *(\d+)$/im.exec(text.slice(0, head))?.[1] ?? 0)
  return text.length >= head + 4 + length ? head + 4 + length : -1
}

export function ok(body: string, more: string = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`
}

export function failed(status: number, more: string = ''): string {
  return `HTTP/1.1 ${status} Failed\r\ncontent-length: 0\r\n${more}\r\n`
}
