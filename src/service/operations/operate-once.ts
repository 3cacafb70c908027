/**
 * Operations without a running service: its broker and database are opened with settings from the environment, asked, and closed again.
 * Nothing is subscribed to, relayed or taken over.
 */
import type { Component } from '../../foundation/lifecycle/component.ts'
import type { Messaging } from '../../messaging/messaging.ts'
import { processEnvironment } from '../../platform/environment.ts'
import { prepare } from '../prepare.ts'
import type { ServiceParts } from '../service-parts.ts'
import type { Operations } from './operations.ts'

const stopMs = 5_000

/** @throws ServiceError `INVALID_CONFIG`, and what `work` throws. */
export async function operateOnce<T>(parts: ServiceParts, work: (operations: Operations) => Promise<T>): Promise<T> {
  // A line about each thing that is looked at would stand between the answers.
  await prepare(parts, { given: { logLevel: 'warn' }, env: processEnvironment })
  const opened: Component[] = parts.lifecycle.components.filter(({ kind }) => kind === 'database')
  try {
    for (const component of parts.operable) {
      if (component.kind !== 'messaging') continue
      opened.push(component)
      await (component as Messaging).connect()
    }
    return await work(await parts.operations())
  } finally {
    for (const component of opened.reverse()) await component.stop?.(AbortSignal.timeout(stopMs))
  }
}
