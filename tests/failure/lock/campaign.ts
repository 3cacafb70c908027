/**
 * The lock campaign: a holder is stopped for longer than its lease, another takes over and writes, the holder goes on and writes.
 *
 *   holder    held ── thinks ──║ SIGSTOP ············ SIGCONT ║── writes with its old token ─▶ refused?
 *   campaign              waits for the lease to end ─▶ takes over ─▶ writes
 *
 * A stale write was accepted if the ledger, in the order in which the store accepted it, has a token below one before it. Without
 * the fence such writes must appear, or the campaign has no power.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { createLocks, type Locks } from 'genever/lock'
import { seededRandom } from '../support/seeded-random.ts'
import { type Access, type Adapter, openAccess, startSystem } from './systems.ts'

export interface LockCampaignOptions {
  readonly adapter: Adapter
  /** How often a holder is stopped beyond its lease. */
  readonly pauses: number
  readonly seed: number
  /** Whether writes are checked; without it the campaign shows its power. */
  readonly isFenced: boolean
  /** Holders at a time, each with a lock of its own. Default 4. */
  readonly lanes?: number
}

export interface LockCampaignResult {
  readonly adapter: Adapter
  readonly seed: number
  readonly pauses: number
  /** Writes that holders tried after another had taken over. */
  readonly staleAttempts: number
  readonly staleAccepted: number
  readonly writes: number
  /** Longest time from the stop to the next holder. */
  readonly takeoverMs: number
}

const leaseMs = 60

export async function runLockCampaign(options: LockCampaignOptions): Promise<LockCampaignResult> {
  const { adapter, pauses, seed, isFenced, lanes = 4 } = options
  const system = await startSystem(adapter)
  const runLane = async (lane: number): Promise<LaneResult> => {
    const url = system.urlOf(lane)
    const access = await openAccess(adapter, url, isFenced)
    const locks = createLocks({ store: access.store, leaseMs: 5_000, pollMs: 10 })
    const random = seededRandom(seed * 1_000 + lane)
    const share = Math.floor(pauses / lanes) + (lane < pauses % lanes ? 1 : 0)
    try {
      return await new Lane({ ...options, url, resource: `lane-${lane}`, access, locks, random }).run(share)
    } finally {
      await access.close()
    }
  }
  try {
    const all = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
    const sum = (of: (lane: LaneResult) => number): number => all.reduce((total, lane) => total + of(lane), 0)
    return {
      ...{ adapter, seed },
      pauses: sum((lane) => lane.pauses),
      staleAttempts: sum((lane) => lane.staleAttempts),
      staleAccepted: sum((lane) => lane.staleAccepted),
      writes: sum((lane) => lane.writes),
      takeoverMs: Math.max(...all.map((lane) => lane.takeoverMs)),
    }
  } finally {
    await system.stop()
  }
}

interface LaneOptions extends LockCampaignOptions {
  readonly url: string
  readonly resource: string
  readonly access: Access
  readonly locks: Locks
  readonly random: () => number
}

type LaneResult = Omit<LockCampaignResult, 'adapter' | 'seed'>

/** One holder and its lock. */
class Lane {
  readonly #options: LaneOptions
  readonly #holder: ChildProcess
  readonly #ended: Promise<void>
  readonly #lines: string[] = []
  #onLine: (() => void) | undefined
  #hasEnded = false
  #staleAttempts = 0
  #takeoverMs = 0

  constructor(options: LaneOptions) {
    this.#options = options
    const { adapter, url, resource, isFenced } = options
    const args = [adapter, url, resource, String(leaseMs), isFenced ? 'fenced' : 'bare']
    this.#holder = spawn(process.execPath, [`${import.meta.dirname}/holder.ts`, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#holder.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#lines.push(line)
      this.#onLine?.()
    })
    this.#ended = new Promise((resolve) => this.#holder.once('exit', () => resolve()))
    void this.#ended.then(() => {
      this.#hasEnded = true
      this.#onLine?.()
    })
  }

  async run(pauses: number): Promise<LaneResult> {
    try {
      for (let done = 0; done < pauses; ) if (await this.#pauseOnce()) done++
    } finally {
      this.#holder.kill('SIGKILL')
      await this.#ended
    }
    const tokens = await this.#options.access.ledger(this.#options.resource)
    const { accepted } = tokens.reduce(
      ({ highest, accepted: seen }, token) => ({
        highest: Math.max(highest, token),
        accepted: seen + (token < highest ? 1 : 0),
      }),
      { highest: 0, accepted: 0 },
    )
    return {
      pauses,
      staleAttempts: this.#staleAttempts,
      staleAccepted: accepted,
      writes: tokens.length,
      takeoverMs: this.#takeoverMs,
    }
  }

  /** False if the holder was through before it was stopped: that was no pause under the lock. */
  async #pauseOnce(): Promise<boolean> {
    const { random, locks, resource, access } = this.#options
    this.#lines.length = 0
    const held = await this.#nextLine('held')
    await sleep(random() * 8)
    this.#holder.kill('SIGSTOP')
    const stoppedMs = performance.now()
    // Whatever it said before the stop took effect has arrived by then.
    await sleep(5)
    if (this.#lines.length > 0) {
      this.#holder.kill('SIGCONT')
      return false
    }
    // One that was stopped in the middle of a transaction may hold up the store itself; that is another story.
    const lease = await locks.acquire(resource, { waitMs: 1_000 }).catch(() => undefined)
    if (lease === undefined) {
      this.#holder.kill('SIGCONT')
      return false
    }
    this.#takeoverMs = Math.max(this.#takeoverMs, performance.now() - stoppedMs)
    // It may wait for the holder, who may have been stopped in the middle of a transaction.
    const writing = access.write({ resource, token: lease.token })
    await Promise.race([writing, sleep(10 + random() * 30)])
    this.#holder.kill('SIGCONT')
    const line = await this.#nextLine('wrote', 'refused', 'failed')
    if (Number(line.split(' ')[1]) === Number(held.split(' ')[1])) this.#staleAttempts++
    await writing
    await lease.release()
    return true
  }

  async #nextLine(...words: string[]): Promise<string> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined && words.some((word) => line.startsWith(word))) return line
      if (line !== undefined) continue
      if (this.#hasEnded) throw new Error('the holder ended')
      await new Promise<void>((resolve) => (this.#onLine = resolve))
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
