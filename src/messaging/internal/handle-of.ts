/** handleOf: what a subscriber holds of a subscription that its broker keeps until somebody closes it. */
import type { BrokerSubscription } from '../broker.ts'

export function handleOf<S extends BrokerSubscription>(kept: Set<S>, subscription: S): BrokerSubscription {
  kept.add(subscription)
  return {
    pause: () => subscription.pause(),
    resume: () => subscription.resume(),
    close: async () => {
      kept.delete(subscription)
      await subscription.close()
    },
  }
}

interface JoiningSubscription extends BrokerSubscription {
  join(): Promise<void>
}

/** The same, of one that has joined its group; one that cannot is closed. */
export async function joinedHandleOf<S extends JoiningSubscription>(
  kept: Set<S>,
  subscription: S,
): Promise<BrokerSubscription> {
  const handle = handleOf(kept, subscription)
  try {
    await subscription.join()
  } catch (error) {
    await handle.close()
    throw error
  }
  return handle
}
