/**
 * Channel: values handed from one task to another, in order, with the sender held up until there is room.
 *
 *   send ──▶ a receiver waits? ──yes──▶ it has the value
 *              └─no─▶ room in the buffer? ──yes──▶ kept there
 *                         └─no─▶ the sender waits ◀── receive takes from the buffer, then from waiting senders
 *
 *   close ─▶ no more sends; what is buffered is still received, then every receive says that it is over
 *
 * An unbuffered channel (capacity 0) has no room ever: a send ends when a receiver has taken its value.
 */
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { Deque } from './internal/deque.ts'
import { done, PromiseWaiter, Waiter, WaitQueue } from './internal/wait-queue.ts'
import type { SelectCase, SelectEntry, SelectWait } from './select-case.ts'

/** What was received; `ok` is false when the channel is closed and empty. */
export type Received<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly value: undefined }

export class Channel<T> implements AsyncIterable<T> {
  /** Values that may wait in the channel without a receiver. */
  readonly capacity: number
  readonly #buffer: Deque<T> | undefined
  readonly #senders = new WaitQueue<Sender<T>>('Channel.send')
  readonly #receivers = new WaitQueue<Receiver<T>>('Channel.receive')
  #closed = false

  /** @throws ServiceError BAD_CAPACITY for anything but a whole number from 0. */
  constructor(capacity: number = 0) {
    if (!Number.isSafeInteger(capacity) || capacity < 0) throw badCapacity(capacity)
    this.capacity = capacity
    this.#buffer = capacity === 0 ? undefined : new Deque()
  }

  /** Values that wait in the buffer. */
  get length(): number {
    return this.#buffer?.length ?? 0
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Resolves when a receiver has the value or the buffer has room for it.
   *
   * @throws ServiceError CHANNEL_CLOSED; or why the context (default: the current one) was cancelled while it waited.
   */
  send(value: T, context?: Context): Promise<void> {
    if (this.#closed) return Promise.reject(channelClosed())
    if (this.#offer(value)) return done
    const sender = new PromiseSender(value)
    this.#senders.pushUntilCancelled(sender, context)
    return sender.promise
  }

  /** Sends if that needs no waiting. Go's `select` with one send and a `default`. @throws ServiceError CHANNEL_CLOSED */
  trySend(value: T): boolean {
    if (this.#closed) throw channelClosed()
    return this.#offer(value)
  }

  /**
   * The next value; undefined when the channel is closed and empty.
   *
   * @throws ServiceError why the context (default: the current one) was cancelled while it waited.
   */
  receive(context?: Context): Promise<T | undefined> {
    const value = this.#take()
    if (value !== nothing) return Promise.resolve(value)
    if (this.#closed) return over
    return this.#await(new ValueReceiver<T>(), context)
  }

  /** As `receive`, and says whether there was a value: for channels that carry undefined. */
  receiveOk(context?: Context): Promise<Received<T>> {
    const received = this.tryReceive()
    if (received !== undefined) return Promise.resolve(received)
    return this.#await(new OkReceiver<T>(), context)
  }

  /** What is there without waiting: a value, or that the channel is over; undefined while one would have to wait. */
  tryReceive(): Received<T> | undefined {
    const value = this.#take()
    if (value !== nothing) return { ok: true, value }
    return this.#closed ? overReceived : undefined
  }

  /**
   * Nothing more will be sent: waiting receivers are told so, waiting senders fail.
   *
   * @throws ServiceError CHANNEL_CLOSED the second time.
   */
  close(): void {
    if (this.#closed) throw channelClosed()
    this.#closed = true
    for (let receiver = this.#receivers.shift(); receiver !== undefined; receiver = this.#receivers.shift()) {
      receiver.end()
    }
    this.#senders.failAll(channelClosed)
  }

  /** `for await (const value of channel)` until it is closed and empty. Leaving the loop leaves the channel as it is. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return {
      next: () => {
        const value = this.#take()
        if (value !== nothing) return Promise.resolve({ done: false, value })
        if (this.#closed) return Promise.resolve({ done: true, value: undefined })
        return this.#await(new IteratorReceiver<T>())
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /** The case of a `select` that is ready when a value is there, or the channel is over. */
  receiving(): SelectCase<Received<T>> {
    return {
      isReady: () => this.#closed || this.length > 0 || this.#senders.length > 0,
      take: () => this.tryReceive() ?? overReceived,
      wait: (entry) => this.#waitFor(this.#receivers, new SelectReceiver(entry)),
    }
  }

  /** The case of a `select` that is ready when `value` can be sent. On a closed channel it is ready and throws. */
  sending(value: T): SelectCase<Received<undefined>> {
    return {
      isReady: () => this.#closed || this.#receivers.length > 0 || this.length < this.capacity,
      take: () => {
        this.trySend(value)
        return sentResult
      },
      wait: (entry) => this.#waitFor(this.#senders, new SelectSender(value, entry)),
    }
  }

  #offer(value: T): boolean {
    const receiver = this.#receivers.shift()
    if (receiver !== undefined) {
      receiver.deliver(value)
      return true
    }
    if (this.#buffer === undefined || this.#buffer.length >= this.capacity) return false
    this.#buffer.push(value)
    return true
  }

  #take(): T | typeof nothing {
    const buffer = this.#buffer
    if (buffer === undefined || buffer.length === 0) return this.#takeFromSender()
    const value = buffer.shift() as T
    const next = this.#takeFromSender()
    if (next !== nothing) buffer.push(next)
    return value
  }

  #takeFromSender(): T | typeof nothing {
    const sender = this.#senders.shift()
    if (sender === undefined) return nothing
    sender.sent()
    return sender.value
  }

  #await<R extends Receiver<T> & { promise: Promise<unknown> }>(receiver: R, context?: Context): R['promise'] {
    this.#receivers.pushUntilCancelled(receiver, context)
    return receiver.promise
  }

  #waitFor<W extends Waiter>(queue: WaitQueue<W>, waiter: W): SelectWait {
    queue.push(waiter)
    return { leave: () => queue.remove(waiter) }
  }
}

/** Told apart from every value, undefined included. */
const nothing = Symbol('nothing')
const over = Promise.resolve(undefined)
const overReceived = { ok: false, value: undefined } as const
const sentResult = { ok: true, value: undefined } as const

interface Sender<T> extends Waiter {
  readonly value: T
  sent(): void
}

interface Receiver<T> extends Waiter {
  deliver(value: T): void
  end(): void
}

class PromiseSender<T> extends PromiseWaiter<void> implements Sender<T> {
  readonly value: T

  constructor(value: T) {
    super()
    this.value = value
  }

  sent(): void {
    this.resolve()
  }
}

class ValueReceiver<T> extends PromiseWaiter<T | undefined> implements Receiver<T> {
  deliver(value: T): void {
    this.resolve(value)
  }

  end(): void {
    this.resolve(undefined)
  }
}

class OkReceiver<T> extends PromiseWaiter<Received<T>> implements Receiver<T> {
  deliver(value: T): void {
    this.resolve({ ok: true, value })
  }

  end(): void {
    this.resolve(overReceived)
  }
}

class IteratorReceiver<T> extends PromiseWaiter<IteratorResult<T, undefined>> implements Receiver<T> {
  deliver(value: T): void {
    this.resolve({ done: false, value })
  }

  end(): void {
    this.resolve({ done: true, value: undefined })
  }
}

class SelectReceiver<T> extends Waiter implements Receiver<T> {
  readonly #entry: SelectEntry<Received<T>>

  constructor(entry: SelectEntry<Received<T>>) {
    super()
    this.#entry = entry
  }

  deliver(value: T): void {
    this.#entry.win({ ok: true, value })
  }

  end(): void {
    this.#entry.win(overReceived)
  }

  fail(error: Error): void {
    this.#entry.fail(error)
  }
}

class SelectSender<T> extends Waiter implements Sender<T> {
  readonly value: T
  readonly #entry: SelectEntry<Received<undefined>>

  constructor(value: T, entry: SelectEntry<Received<undefined>>) {
    super()
    this.value = value
    this.#entry = entry
  }

  sent(): void {
    this.#entry.win(sentResult)
  }

  fail(error: Error): void {
    this.#entry.fail(error)
  }
}

function channelClosed(): ServiceError {
  return new ServiceError(
    'CHANNEL_CLOSED',
    'The channel is closed: nothing can be sent, and it cannot be closed again. Let the one who sends close it, after the last send.',
  )
}

function badCapacity(capacity: unknown): ServiceError {
  return new ServiceError(
    'BAD_CAPACITY',
    `A channel's capacity is a whole number from 0, not ${typeof capacity === 'number' ? capacity : typeof capacity}.`,
  )
}
