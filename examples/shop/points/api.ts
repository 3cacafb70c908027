/** What points offers: how many somebody has. They are given by events, not by calls. */
import { defineApi, get } from 'genever'
import { z } from 'zod'

export const Points = z.object({ total: z.int().min(0) })
export type Points = z.infer<typeof Points>

export const pointsApi = defineApi({
  read: get('/points/:userId', { responses: { 200: Points } }),
})
