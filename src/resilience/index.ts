/**
 * Resilience: policies around any call, composed as one onion. They stand around outgoing calls; later at the server's door too.
 *
 *   policy(fallback(…), retry(), breaker(), bulkhead(), timeout())(call)
 *
 *   caller ─▶ fallback ─▶ retry ─▶ breaker ─▶ bulkhead ─▶ timeout ─▶ call(context)
 *               ▲            ▲         ▲           ▲          │ a nearer deadline for all that is below
 *               └────────────┴── refused, failed ──┴── late ──┘      what went wrong: onEvent(), metrics, states()
 *
 *   fault/       failures on purpose: declared, bounded in time, told to requests (genever/middleware) and calls
 *   overload/    the door of a service that may be asked for more than it can do: queue, gauge, limits
 *   balancing/   which of several hosts to call, as algorithms
 */
export {
  AdaptiveBreaker,
  type AdaptiveBreakerOptions,
  type AdaptiveBreakerView,
  adaptiveBreaker,
} from './adaptive-breaker.ts'
export { OutlierEjection, type OutlierEjectionOptions } from './balancing/outlier-ejection.ts'
export { type HostLoad, P2cEwma, type P2cEwmaOptions } from './balancing/p2c-ewma.ts'
export { Breaker, type BreakerOptions, type BreakerState, type BreakerView, breaker } from './breaker.ts'
export type { CommonBreakerOptions } from './breaker-options.ts'
export { Bulkhead, type BulkheadOptions, type BulkheadView, bulkhead } from './bulkhead.ts'
export { priorityHeader, requestPriority, requestTenant, tenantHeader } from './caller.ts'
export type { CircuitState } from './circuit.ts'
export {
  formatGrpcTimeout,
  formatRequestTimeout,
  forwardedTimeoutMs,
  narrowedTimeoutMs,
  parseGrpcTimeout,
  parseRequestTimeout,
} from './deadline-header.ts'
export { type FallbackConditions, type FallbackOptions, fallback, isOutage } from './fallback.ts'
export type { Fault, FaultDelay, FaultEffect, FaultSide, FaultSubject, FaultTarget } from './fault/fault.ts'
export type { FaultGuard } from './fault/fault-guard.ts'
export { FaultPolicy, type FaultPolicyOptions, faultPolicy } from './fault/fault-policy.ts'
export {
  type ActiveFault,
  type EndedFault,
  type FaultEnding,
  type FaultEvent,
  type FaultOrigin,
  FaultRegistry,
  type FaultRegistryOptions,
  type FaultsView,
  type InjectOptions,
} from './fault/fault-registry.ts'
export { FaultSet, type Strike, type TimedFault } from './fault/fault-set.ts'
export { Faults, type FaultsOptions } from './fault/faults.ts'
export { currentFaults, hasFaultyCalls } from './fault/faulty-calls.ts'
export { readFault } from './fault/read-fault.ts'
export { type HedgeOptions, hedge } from './hedge.ts'
export { type LastGoodOptions, lastGood } from './last-good.ts'
export { isLastWord, noteLastWord, shouldRetryHeader } from './last-word.ts'
export type { LimitDecision, LimiterStore, LimitRule } from './limiter-store.ts'
export { type Outcome, outcomeOf } from './outcome.ts'
export { Admission, type AdmissionOptions } from './overload/admission.ts'
export {
  AdmissionQueue,
  type AdmissionQueueOptions,
  type AdmissionRequest,
  type DropReason,
} from './overload/admission-queue.ts'
export { ControlledDelay, type ControlledDelayOptions } from './overload/controlled-delay.ts'
export { InflightShedder, type InflightShedderOptions } from './overload/inflight-shedder.ts'
export { LoadGauge, type LoadGaugeOptions } from './overload/load-gauge.ts'
export { type Priority, priorities } from './overload/priority.ts'
export { type LoopLook, StartPace } from './overload/start-pace.ts'
export { type LatencySample, VegasLimit, type VegasLimitOptions } from './overload/vegas-limit.ts'
export {
  type Call,
  type CallOptions,
  type CallScope,
  type Inside,
  NamedPolicy,
  type Onion,
  type Policy,
  policy,
  type WrapOptions,
} from './policy.ts'
export type { PolicyEvent, PolicyListener, PolicyNews, PolicyOrigin } from './policy-event.ts'
export { RateLimit, type RateLimitOptions, rateLimit } from './rate-limit.ts'
export { type RateLimitFields, rateLimitFields } from './rate-limit-headers.ts'
export { recordEvents } from './record-events.ts'
export { RefusedError, type RefusedErrorOptions } from './refused-error.ts'
export { isWorthRetrying, type RetryOptions, retry } from './retry.ts'
export { formatRetryAfter, parseRetryAfter, retryAfterMsOf } from './retry-after.ts'
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts'
export { type MemoryLimiterStoreOptions, memoryLimiterStore } from './stores/memory.ts'
export { type RedisLimiterStoreOptions, redisLimiterStore } from './stores/redis.ts'
export { type TimeoutOptions, timeout } from './timeout.ts'
export { TokenBucket, type TokenBucketOptions } from './token-bucket.ts'
