/**
 * Schedule: jobs at the times of a cron expression, in a time zone, each tick by one of all processes.
 *
 *   add(cron, job) ─▶ tick ─▶ store: who runs it (lease, token) ─▶ job(run) ─▶ ok │ failed │ timeout
 *                                │ memory, database, Redis          └─ its process dies ─▶ begun anew by another
 *                                └─ missed: run the last one │ none │ some of them
 */
export { CronTimes } from './cron-times.ts'
export type { Job, JobOptions, MissedPolicy, OverlapPolicy, ScheduledRun } from './job-options.ts'
export { createSchedule, type Schedule, type ScheduleOptions } from './schedule.ts'
export type {
  OpenRun,
  RunClaim,
  RunEnd,
  RunOutcome,
  RunRecord,
  RunStart,
  RunStep,
  ScheduleStore,
  Standing,
} from './schedule-store.ts'
export { scheduleTables } from './schedule-tables.ts'
export type { JobView, RunView, ScheduleView } from './schedule-view.ts'
export { type DatabaseScheduleStoreOptions, databaseScheduleStore } from './stores/database.ts'
export { type MemoryScheduleStoreOptions, memoryScheduleStore } from './stores/memory.ts'
export { type RedisScheduleStoreOptions, redisScheduleStore } from './stores/redis.ts'
