/** Headers that the visitor wrote, for the next route; in memory alone, because a token may be among them. */
import { type Signal, signalOf } from '../../live/signal.ts'

export const rememberedHeaders: Signal<string> = signalOf('')
