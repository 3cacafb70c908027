/** handleOf: what a subscriber holds of a subscription that its broker keeps until somebody closes it. */
import type { BrokerSubscription } from '../broker.ts'

export function handleOf<S extends BrokerSubscription>(kept: Set<S>, subscription: S): BrokerSubscription {
  return {
    pause: () => subscription.pause(),
    resume: () => subscription.resume(),
    close: async () => {
      kept.delete(subscription)
      await subscription.close()
    },
  }
}
