/**
 * Concurrency: what goroutines, channels and `sync` give to Go, for promises.
 *
 *   Group.run ─ go(fn) ─ go(fn) ─▶ wait: all have ended; the first error cancels the rest
 *                 └──Channel──▶ receive, for await, select({ … })
 *   Mutex, RWMutex, Semaphore, Cond, Once, WaitGroup, Pool, Singleflight     what tasks share
 *   sleep, after, Timer, Ticker, throttle, debounce                          time, on the context's clock
 *   Workers.run(work, input) ──▶ a thread ──▶ result                         what needs CPU
 *
 * Whatever waits is cancelled by its context and leaves no trace.
 */
export { all } from './all.ts'
export { Channel, type Received } from './channel.ts'
export { Cond } from './cond.ts'
export { type DebounceOptions, debounce } from './debounce.ts'
export { Group, type GroupOptions, go, type TaskBody } from './group.ts'
export { type MapReduceOptions, mapReduce } from './map-reduce.ts'
export { Mutex } from './mutex.ts'
export { Once } from './once.ts'
export { type Pending, type PendingWatch, watchPending } from './pending-watch.ts'
export { Pool, type PoolOptions } from './pool.ts'
export { RWMutex } from './rw-mutex.ts'
export { type SelectCases, type Selected, type SelectOptions, select, trySelect } from './select.ts'
export type { SelectCase, SelectEntry, SelectResult, SelectWait } from './select-case.ts'
export { after, cancelled } from './select-cases.ts'
export { Semaphore } from './semaphore.ts'
export { SharedCounter } from './shared-counter.ts'
export { Singleflight } from './singleflight.ts'
export { nextTurn, sleep } from './sleep.ts'
export type { Task } from './task.ts'
export { threadCount, threadHeapMb } from './thread-count.ts'
export { type Paced, type ThrottleOptions, throttle } from './throttle.ts'
export { Ticker } from './ticker.ts'
export { Timer } from './timer.ts'
export { type Transfer, type Transferable, transfer } from './transfer.ts'
export { WaitGroup } from './wait-group.ts'
export { defineWork, type Work, type WorkAddress, type WorkBody, workAt } from './work.ts'
export { type RunOptions, Workers, type WorkersOptions } from './workers.ts'
