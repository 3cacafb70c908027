/**
 * Messages, outbox and sagas on the admin port, for whoever has the admin token; see `operations-api.ts`. `?by=NAME` says who asks,
 * and each change is a line in the log.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { App } from '../../http/app.ts'
import type { HttpContext } from '../../http/context.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Operations } from '../operations/operations.ts'
import { operationsApi } from '../operations/operations-api.ts'
import { requireToken } from './require-token.ts'

export interface OperationRoutesOptions {
  /** Loaded when the first request for it comes. */
  readonly operations: () => Promise<Operations>
  /** Takes a line for every change. */
  readonly log: Logger
  readonly token: string | undefined
}

export function addOperationRoutes(app: App, { operations, log, token }: OperationRoutesOptions): void {
  /** Whatever becomes of it, it is known who asked for it. */
  async function audited<T>(
    c: HttpContext,
    { action, about, by = 'admin' }: { action: string; about: object; by?: string | undefined },
    work: (operations: Operations) => Promise<T>,
  ): Promise<T> {
    const facts = { action, ...about, by, from: c.ip }
    try {
      const done = await work(await operations())
      log.warn('an operator changed something', { ...facts, outcome: 'done', ...countIn(done) })
      return done
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'INTERNAL'
      log.warn('an operator changed something', { ...facts, outcome: 'failed', code })
      throw error
    }
  }

  app.group('', requireToken({ token, disabled: operationsDisabled })).implement(operationsApi, {
    messages: async (c) => c.json(await (await operations()).messages()),
    deadLetters: async (c) => c.json(await (await operations()).deadLetters(c.query)),
    replay: async (c) =>
      c.json(await audited(c, { action: 'messages.replay', about: c.body, ...c.query }, (all) => all.replay(c.body))),
    discard: async (c) =>
      c.json(await audited(c, { action: 'messages.discard', about: c.body, ...c.query }, (all) => all.discard(c.body))),
    outbox: async (c) => c.json(await (await operations()).outbox()),
    retryOutbox: async (c) =>
      c.json(await audited(c, { action: 'outbox.retry', about: {}, ...c.query }, (all) => all.retryOutbox())),
    sagas: async (c) => c.json(await (await operations()).sagas(c.query)),
    saga: async (c) => c.json(await (await operations()).saga({ ...c.params, ...c.query })),
    retrySaga: async (c) =>
      c.json(await audited(c, { action: 'saga.retry', about: c.params, ...c.query }, (all) => all.retrySaga(c.params))),
    cancelSaga: async (c) =>
      c.json(
        await audited(c, { action: 'saga.cancel', about: c.params, ...c.query }, (all) => all.cancelSaga(c.params)),
      ),
  })
}

function countIn(done: unknown): { messages?: number } {
  const { messages } = Object(done) as { messages?: unknown }
  return typeof messages === 'number' ? { messages } : {}
}

function operationsDisabled(): ServiceError {
  return new ServiceError(
    'OPERATIONS_DISABLED',
    '/messages, /outbox and /sagas are refused until ADMIN_TOKEN is set.',
    { status: 403 },
  )
}
