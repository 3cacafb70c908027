/**
 * Foundation: what every other floor stands on.
 *
 *   bytes      room to write into
 *   clock      time as an argument
 *   errors     any throw → ServiceError → problem, status, ack
 *   context    deadline, cancellation and values that flow through async calls
 *   compose    layers around a core: the onion
 *   lifecycle  components started in order, stopped in reverse
 */
export { ByteWriter } from './bytes/byte-writer.ts'
export type { CancelTimer, Clock } from './clock/clock.ts'
export { ManualClock } from './clock/manual-clock.ts'
export { systemClock } from './clock/system-clock.ts'
export { type Core, compose, type Layer, type Next } from './compose/compose.ts'
export { Context, type ContextOptions, currentContext } from './context/context.ts'
export { ContextKey } from './context/context-key.ts'
export {
  type ErrorDetails,
  isRetryable,
  ServiceError,
  type ServiceErrorOptions,
  toServiceError,
} from './errors/service-error.ts'
export type { Component, ComponentHealth, HealthStatus } from './lifecycle/component.ts'
export { Lifecycle, type LifecycleOptions, type LifecycleState, type StopFailure } from './lifecycle/lifecycle.ts'
