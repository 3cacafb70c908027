/**
 * TwoPhaseCoordinator: one transaction over several databases, by two-phase commit (presumed abort).
 *
 *   log 'preparing' ─▶ work ─▶ prepare each ─▶ log 'committing': decided ─▶ commit each ─▶ log forgets it
 *          │              └─ fails ─▶ log 'aborting' ─▶ roll back each
 *          └─ killed here, lease over ─▶ another process: 'preparing' becomes 'aborting', 'committing' is ended
 *                                        and what a late process prepares after that, unknown to the log, is rolled back
 *
 * Between prepare and the decision rows are locked at every server. Where the parts are services of their own, use a saga.
 */
import type { Branch } from '../../database/branch.ts'
import type { Database } from '../../database/database.ts'
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError, toServiceError } from '../../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../../foundation/lifecycle/component.ts'
import { messageId } from '../../messaging/message-id.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import { DecisionLog, type LoggedTransaction } from './decision-log.ts'

/** A database as the coordinator needs it, whatever its tables are. */
export type BranchDatabase = Pick<Database, 'branch' | 'branchesInDoubt' | 'settleBranch'>
export type LogDatabase = Pick<Database, 'dialect' | 'transaction' | 'needs' | 'makeTables'>

export interface TwoPhaseOptions<Names extends string> {
  /** Where decisions are kept: they are what a crash must not lose. Any database, one of the parts too. */
  readonly log: LogDatabase
  /** The parts, by names that stay the same. */
  readonly databases: Readonly<Record<Names, BranchDatabase>>
  /** A process that says nothing for so long is taken for dead, in milliseconds; longer than a transaction takes. Default 30,000. */
  readonly leaseMs?: number
  /** How often transactions in doubt are looked for, in milliseconds; default 5,000. */
  readonly recoverEveryMs?: number
  /** Told at each boundary, for diagnosis and for tests that end the process there. */
  readonly onBoundary?: (boundary: TwoPhaseBoundary) => void
  readonly name?: string
  readonly logger?: Logger
  readonly clock?: Clock
}

export interface TwoPhaseBoundary {
  readonly id: string
  readonly point: 'logged' | 'worked' | 'prepared' | 'decided' | 'committed' | 'forgotten'
  /** Of the branch, where it is about one. */
  readonly database?: string
}

export class TwoPhaseCoordinator<Names extends string = string> implements Component {
  readonly name: string
  readonly #log: DecisionLog
  readonly #databases: ReadonlyMap<string, BranchDatabase>
  readonly #recoverEveryMs: number
  readonly #onBoundary: (boundary: TwoPhaseBoundary) => void
  readonly #logger: Logger
  readonly #clock: Clock
  #cancelTimer: CancelTimer | undefined
  #inDoubt = 0

  constructor(options: TwoPhaseOptions<Names>) {
    const { clock = systemClock, logger = noopLogger, leaseMs = 30_000 } = options
    this.name = options.name ?? 'two-phase'
    this.#log = new DecisionLog(options.log, leaseMs)
    this.#databases = new Map(Object.entries<BranchDatabase>(options.databases))
    for (const name of this.#databases.keys()) requireName(name)
    this.#recoverEveryMs = options.recoverEveryMs ?? 5_000
    this.#onBoundary = options.onBoundary ?? (() => undefined)
    this.#logger = logger
    this.#clock = clock
  }

  /**
   * Runs `work`, whose queries of the parts take effect together or not at all.
   *
   * @throws ServiceError `TWO_PHASE_PENDING` (202: it is decided and will be committed, but one part cannot be reached now), and what `work`
   *   or a part throws while nothing is decided: then all is rolled back.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const id = messageId(this.#clock.now())
    const names = [...this.#databases.keys()]
    const log = await this.#log.name()
    await this.#log.begin(id, names)
    this.#tell(id, 'logged')
    const branches: { name: string; branch: Branch }[] = []
    let result: T
    try {
      for (const name of names)
        branches.push({ name, branch: await this.#database(name).branch(gidOf({ id, log, name })) })
      result = await branches.reduceRight<() => Promise<T>>(
        (inside, { branch }) =>
          () =>
            branch.run(inside),
        work,
      )()
      this.#tell(id, 'worked')
      for (const { name, branch } of branches) {
        await branch.prepare()
        this.#tell(id, 'prepared', name)
      }
    } catch (error) {
      await this.#abort(id, branches)
      throw error
    }
    await this.#decide(id, branches)
    this.#tell(id, 'decided')
    await this.#commit(id, branches)
    return result
  }

  async start(): Promise<void> {
    await this.#log.makeTables()
    await this.recover()
    this.#schedule()
  }

  stop(): void {
    this.#cancelTimer?.()
  }

  async health(): Promise<ComponentHealth> {
    if (this.#inDoubt === 0) return { status: 'UP', details: { inDoubt: 0 } }
    return {
      status: 'DEGRADED',
      error: `${this.#inDoubt} transactions are in doubt`,
      details: { inDoubt: this.#inDoubt },
    }
  }

  /** Ends what dead processes left in doubt; gives how many transactions were ended. Safe in every process at once. */
  async recover(): Promise<number> {
    let ended = 0
    const left = await this.#log.claimLeft()
    for (const transaction of left) {
      try {
        await this.#settle(transaction)
        ended++
      } catch (error) {
        this.#logger.warn('a transaction stays in doubt', { error, id: transaction.id, status: transaction.status })
      }
    }
    this.#inDoubt = left.length - ended
    for (const name of this.#databases.keys()) ended += await this.#rollBackUnknown(name)
    return ended
  }

  /** Presumed abort: a process that slept beyond its lease may prepare a branch of a transaction that was given up and forgotten. */
  async #rollBackUnknown(name: string): Promise<number> {
    const ending = `:${await this.#log.name()}:${name}`
    let ended = 0
    try {
      for (const gid of await this.#database(name).branchesInDoubt()) {
        if (!gid.endsWith(ending) || (await this.#log.knows(gid.slice(0, -ending.length)))) continue
        await this.#database(name).settleBranch(gid, false)
        ended++
      }
    } catch (error) {
      // Away, or it was ended between the two looks: the next recovery sees.
      this.#logger.warn('branches in doubt could not be looked for', { error, database: name })
    }
    return ended
  }

  /** An answer that was lost leaves it open which it is: the log knows, and the recovery asks it. */
  async #decide(id: string, branches: readonly { branch: Branch }[]): Promise<void> {
    let isDecided: boolean
    try {
      isDecided = await this.#log.decide(id)
    } catch (error) {
      await Promise.allSettled(branches.map(({ branch }) => branch.detach()))
      throw unknown(error)
    }
    if (isDecided) return
    await this.#abort(id, branches)
    throw tooSlow()
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.schedule(this.#recoverEveryMs, () => {
      this.recover()
        .catch((error: unknown) => this.#logger.warn('transactions in doubt could not be looked for', { error }))
        .finally(() => this.#schedule())
    })
  }

  async #settle({ id, status, names }: LoggedTransaction): Promise<void> {
    const log = await this.#log.name()
    for (const name of names) {
      const database = this.#database(name)
      const gid = gidOf({ id, log, name })
      // What is not in doubt has been ended already, or was never prepared.
      if ((await database.branchesInDoubt()).includes(gid)) await database.settleBranch(gid, status === 'committing')
    }
    await this.#log.forget(id)
  }

  async #commit(id: string, branches: readonly { name: string; branch: Branch }[]): Promise<void> {
    const failures: unknown[] = []
    for (const { name, branch } of branches) {
      await branch.commit().then(
        () => this.#tell(id, 'committed', name),
        (error: unknown) => failures.push(error),
      )
    }
    if (failures.length > 0) {
      await this.#log.release(id).catch(() => undefined)
      throw pending(failures[0])
    }
    // Left in the log it costs a look of the recovery, and nothing else.
    await this.#log
      .forget(id)
      .catch((error: unknown) => this.#logger.warn('a decision could not be forgotten', { error, id }))
    this.#tell(id, 'forgotten')
  }

  async #abort(id: string, branches: readonly { branch: Branch }[]): Promise<void> {
    const ends = await Promise.allSettled(branches.map(({ branch }) => branch.rollback()))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed === undefined) await this.#log.forget(id).catch(() => undefined)
    else this.#logger.warn('a branch could not be rolled back; it will be', { error: failed.reason, id })
  }

  #database(name: string): BranchDatabase {
    const database = this.#databases.get(name)
    if (database !== undefined) return database
    throw new ServiceError(
      'UNKNOWN_BRANCH',
      `A transaction in doubt has a part '${name.slice(0, 60)}' that this coordinator was not given.`,
    )
  }

  #tell(id: string, point: TwoPhaseBoundary['point'], database?: string): void {
    this.#onBoundary({ id, point, ...(database !== undefined && { database }) })
  }
}

/** With the id of the transaction and the name of the log it is at most 64 bytes, which is what MySQL takes. */
function requireName(name: string): void {
  if (/^[\w-]{1,18}$/.test(name)) return
  throw new ServiceError(
    'BAD_TRANSACTION',
    'The name of a database in a two-phase transaction has 1 to 18 letters, digits, _ and -.',
  )
}

function gidOf({ id, log, name }: { readonly id: string; readonly log: string; readonly name: string }): string {
  return `${id}:${log}:${name}`
}

function tooSlow(): ServiceError {
  return new ServiceError(
    'TWO_PHASE_TOO_SLOW',
    'The transaction took longer than its lease, and was given up by the recovery.',
    { status: 503 },
  )
}

function unknown(cause: unknown): ServiceError {
  return new ServiceError(
    'COMMIT_UNKNOWN',
    'The log of decisions was lost while it was told to commit: the transaction will be committed or rolled back, everywhere alike. Look before you do it again.',
    { status: 503, retryable: false, cause },
  )
}

function pending(cause: unknown): ServiceError {
  const { message } = toServiceError(cause)
  return new ServiceError(
    'TWO_PHASE_PENDING',
    `The transaction is decided and will be committed everywhere, but not everywhere now: ${message}`,
    { status: 202, retryable: false, cause },
  )
}
