/**
 * ServerConnection: one HTTP/1.1 connection, its requests one after the other in order.
 *
 *   awaiting ──head complete──▶ handling ──answered, body taken──▶ awaiting
 *      │                           ├──answered, body left──▶ draining ──small enough──▶ awaiting
 *      │ bad, late, idle           │ last answer                 └─too large─┐
 *      └───────────────▶ lingering ◀──────────────────────────────────────────┘     upgraded: another protocol's now
 *
 * Each event (bytes, room to write, an answer given later) moves the connection as far as it gets; what that wrote leaves
 * in one write. Lingering (RFC 9112 section 9.6): we said our last word and half-closed; what still comes is dropped,
 * within bounds, because closing at once would reset the connection and take our answer from a client that still sends.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Socket } from '../../platform/socket.ts'
import type { UpgradedConnection } from '../exchange.ts'
import { type Timed, WheelTimer } from '../timer-wheel.ts'
import { ConnectionOutput } from './connection-output.ts'
import { scanDone, scanMore, scanRefused } from './field-section.ts'
import type { Http1Server } from './http1-server.ts'
import type { IncomingBody } from './incoming-body.ts'
import { problemAnswer } from './problem.ts'
import { RawConnection } from './raw-connection.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import { type Refusal, refusals } from './refusal.ts'
import type { RequestHead } from './request-head.ts'
import { maxDrainBytes, ServerExchange } from './server-exchange.ts'

type Phase = 'awaiting' | 'handling' | 'draining' | 'lingering' | 'upgraded' | 'closed'

/** Unread bytes of a connection beyond which it is paused: pipelined requests, or a body that nobody pulls. */
const maxBufferedBytes = 64 * 1024
/** How long, and for how many bytes, a client may go on sending after our last word. */
const lingerMs = 2_000
const maxLingerBytes = 4 * 1024 * 1024

export class ServerConnection implements Timed {
  readonly server: Http1Server
  readonly socket: Socket<unknown>
  readonly input: ReceiveBuffer = new ReceiveBuffer()
  readonly output: ConnectionOutput
  /** The peer has half-closed. */
  hasPeerEnded = false
  /** The current answer is the last one. */
  closesAfterAnswer = false
  /** When bytes last came, on the monotonic scale: one reading for all requests in them. */
  receivedMs = 0
  #phase: Phase = 'awaiting'
  #head: RequestHead | undefined
  #exchange: ServerExchange | undefined
  #leftBody: IncomingBody | undefined
  #raw: RawConnection | undefined
  #lingeredBytes = 0
  #isAdvancing = false
  #isPaused = false
  #isHeadTimed = false
  readonly #timer: WheelTimer = new WheelTimer(this)

  constructor(server: Http1Server, socket: Socket<unknown>) {
    this.server = server
    this.socket = socket
    this.output = new ConnectionOutput(socket, this)
    this.#timeIdling()
  }

  // Events of the socket.

  received(bytes: Uint8Array): void {
    if (this.#phase === 'upgraded') this.#raw?.received(bytes)
    else if (this.#phase === 'lingering') this.#linger(bytes.length)
    else if (this.#phase !== 'closed') {
      this.receivedMs = this.server.monotonic()
      this.input.put(bytes)
      this.#advance()
    }
  }

  fellBehind(): void {
    // Another protocol times its own peer.
    if (this.#phase !== 'upgraded') this.output.fellBehind()
  }

  drained(): void {
    this.output.drained()
    if (this.#phase === 'upgraded') this.#raw?.drained()
    else if (this.#phase === 'lingering') this.server.wheel.arm(this.#timer, lingerMs)
    else {
      this.#timeAgain()
      this.#advance()
    }
  }

  peerEnded(): void {
    this.hasPeerEnded = true
    if (this.#phase === 'upgraded') this.#raw?.ended()
    else if (this.#phase !== 'lingering') this.#advance()
  }

  closed(error: Error | undefined): void {
    this.#raw?.closed(error)
    this.#shut(clientGone(error))
    this.server.removed(this)
  }

  timedOut(): void {
    if (this.output.isCongested) this.#checkWriting()
    else if (this.#phase === 'handling') this.#exchange?.bodyTimedOut()
    else if (this.#phase !== 'awaiting') this.destroy()
    else if (this.#head?.hasBegun) this.#refuse(refusals.headTimeout)
    else this.#beginLinger()
  }

  // What an exchange and its body ask for.

  /** The current exchange has given its answer. */
  answered(): void {
    this.#advance()
  }

  bodyWaits(): void {
    this.#resume()
    if (!this.output.isCongested) this.server.wheel.arm(this.#timer, this.server.limits.bodyTimeoutMs)
  }

  bodyMoved(): void {
    if (this.input.length < maxBufferedBytes) this.#resume()
  }

  /** Hands the connection over to another protocol, behind the 101 that was sent. */
  upgrade(): UpgradedConnection {
    const early = this.input.bytes.slice(this.input.start, this.input.end)
    this.input.clear()
    this.output.flush()
    this.server.wheel.remove(this.#timer)
    this.#phase = 'upgraded'
    this.#exchange = undefined
    this.#raw = new RawConnection(this.socket, early)
    return this.#raw
  }

  // What the server asks for.

  /** The server wants to go: a connection on which nothing is under way ends. */
  endIfIdle(): void {
    if (this.#phase === 'awaiting' && this.input.length === 0 && this.#head?.hasBegun !== true) this.#beginLinger()
  }

  /** All requests are answered: what another protocol still does is cut short. */
  endIfUpgraded(): void {
    if (this.#phase === 'upgraded') this.#beginLinger()
  }

  /** Closes at once and resets. */
  destroy(reason: Error = clientGone(undefined)): void {
    this.#shut(reason)
    this.socket.destroy({ reset: true })
  }

  // The state machine.

  #advance(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    const isHeldHere = this.output.hold()
    try {
      while (this.#step());
    } catch (error) {
      // Nothing in here throws; if it does, this connection must not take the others with it.
      this.server.failed(error)
      this.destroy()
    }
    this.#isAdvancing = false
    if (isHeldHere) this.output.release()
    this.input.keep()
    this.#holdBack()
  }

  /** One transition; false if the next one needs another event. */
  #step(): boolean {
    switch (this.#phase) {
      case 'awaiting':
        return this.#readHead()
      case 'handling':
        return this.#proceed()
      case 'draining':
        return this.#drainBody()
      default:
        return false
    }
  }

  #readHead(): boolean {
    const { input } = this
    if (this.output.isCongested) return false
    if (input.length === 0 && this.#head?.hasBegun !== true) {
      if (this.hasPeerEnded) this.#beginLinger()
      return false
    }
    this.#head ??= this.server.takeHead(input.start)
    const head = this.#head
    input.anchor = head
    const outcome = head.scan(input.bytes, input.end)
    if (outcome === scanRefused) return this.#refuse(head.refusal as Refusal)
    if (outcome === scanMore) return this.#awaitRestOf(head)
    input.anchor = undefined
    input.start = head.end
    if (head.hasUnknownExpectation) return this.#refuse(refusals.expectation)
    this.#head = undefined
    this.#handle(head)
    return true
  }

  #awaitRestOf(head: RequestHead): false {
    this.input.start = head.start
    if (!head.hasBegun) return this.hasPeerEnded ? this.#beginLinger() : false
    if (this.hasPeerEnded) return this.#refuse(refusals.truncated)
    if (!this.#isHeadTimed) this.server.wheel.arm(this.#timer, this.server.limits.headTimeoutMs)
    this.#isHeadTimed = true
    return false
  }

  #handle(head: RequestHead): void {
    const { server } = this
    this.#phase = 'handling'
    server.wheel.disarm(this.#timer)
    const exchange = new ServerExchange(this, head)
    this.#exchange = exchange
    exchange.run(server.handler)
  }

  /** While a request is handled: bytes for its body, then the end of its answer. */
  #proceed(): boolean {
    const exchange = this.#exchange as ServerExchange
    if (!exchange.isAnswerComplete) {
      exchange.inputMoved(this.hasPeerEnded)
      return false
    }
    this.#exchange = undefined
    const body = exchange.leftBody()
    if (this.closesAfterAnswer || body?.hasFailed) return this.#beginLinger()
    if (body === undefined) return this.#awaitNext()
    this.#phase = 'draining'
    this.#leftBody = body
    this.server.wheel.arm(this.#timer, this.server.limits.bodyTimeoutMs)
    return true
  }

  #drainBody(): boolean {
    const outcome = this.#leftBody?.discard(maxDrainBytes) ?? scanDone
    if (outcome === scanMore && !this.hasPeerEnded) return false
    this.#leftBody = undefined
    return outcome === scanDone ? this.#awaitNext() : this.#beginLinger()
  }

  #awaitNext(): boolean {
    this.#phase = 'awaiting'
    this.#isHeadTimed = false
    if (!this.output.isCongested) this.#timeIdling()
    return true
  }

  #refuse(refusal: Refusal): false {
    this.server.refused(refusal, this.socket.peer)
    this.output.send(problemAnswer(refusal, this.server.date.now(), this.#head?.method === 'HEAD'))
    return this.#beginLinger()
  }

  #beginLinger(): false {
    this.output.flush()
    this.#phase = 'lingering'
    this.#dropHead()
    this.input.clear()
    this.socket.end()
    this.#resume()
    if (!this.output.isCongested) this.server.wheel.arm(this.#timer, lingerMs)
    return false
  }

  #linger(byteCount: number): void {
    this.#lingeredBytes += byteCount
    if (this.#lingeredBytes > maxLingerBytes) this.destroy()
  }

  #shut(reason: Error): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.server.wheel.remove(this.#timer)
    this.output.close(reason)
    this.#dropHead()
    this.input.clear()
    this.#exchange?.cancel(reason)
    this.#exchange = undefined
  }

  #dropHead(): void {
    this.input.anchor = undefined
    if (this.#head !== undefined) this.server.releaseHead(this.#head)
    this.#head = undefined
  }

  // Time.

  #timeIdling(): void {
    this.server.wheel.arm(this.#timer, this.server.idleTimeoutMs)
  }

  /** The client keeps up again: what was timed before is timed anew. */
  #timeAgain(): void {
    this.#isHeadTimed = false
    if (this.#phase === 'awaiting') this.#timeIdling()
    else this.server.wheel.disarm(this.#timer)
  }

  /** From the output: the client does not keep up. */
  congested(): void {
    this.server.wheel.arm(this.#timer, this.server.limits.bodyTimeoutMs)
  }

  /** A client that takes nothing for so long is given up. */
  #checkWriting(): void {
    if (this.output.hasMoved()) this.congested()
    else this.destroy()
  }

  // Reading.

  /** Stops reading while more has arrived than is used: TCP then holds the client back. */
  #holdBack(): void {
    if (this.input.length < maxBufferedBytes) this.#resume()
    else if (!this.#isPaused && (this.#phase === 'handling' || this.output.isCongested)) {
      this.#isPaused = true
      this.socket.pause()
    }
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.socket.resume()
  }
}

/** The peer went away, so whatever is done for it is in vain. 499 is what proxies log for it; nobody receives it. */
function clientGone(cause: Error | undefined): ServiceError {
  const options = { status: 499, retryable: false }
  const message = 'The client closed the connection before it had its answer.'
  return new ServiceError('CLIENT_GONE', message, cause === undefined ? options : { ...options, cause })
}
