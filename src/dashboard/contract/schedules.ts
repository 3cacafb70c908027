/** Schedules: the jobs of the services, as their own admin endpoint `/schedule` tells of them. */
import { get } from '../../api/define-api.ts'
import type { ScheduleView } from '../../schedule/schedule-view.ts'
import { answer } from '../../schema/shape.ts'
import type { Get } from './operations.ts'

export interface ServiceSchedule {
  readonly service: string
  /** Null where the service cannot be asked. */
  readonly schedule: ScheduleView | null
  readonly reason: string | null
}

export type SchedulesApi = {
  /** Services without jobs are not listed. */
  readonly listSchedules: Get<'/api/schedules', { readonly services: readonly ServiceSchedule[] }>
}

export const schedulesApi: SchedulesApi = {
  listSchedules: get('/api/schedules', { responses: { 200: answer() } }),
}
