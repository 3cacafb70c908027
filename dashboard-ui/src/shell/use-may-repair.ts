/** Whether this dashboard lets its visitors repair messages and sagas. */
import { useSignal } from '../live/signal.ts'
import { session } from './session.ts'

export function useMayRepair(): boolean {
  const state = useSignal(session)
  return state.kind === 'open' && state.view.actions.repairs
}
