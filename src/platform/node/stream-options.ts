/** How every `net.Socket` of ours is set up. */
import { keepAliveDelayMs } from '../socket-defaults.ts'

export const streamOptions: StreamOptions = {
  // Without it the runtime drops what we write after the peer's FIN.
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: keepAliveDelayMs,
}

interface StreamOptions {
  allowHalfOpen: boolean
  noDelay: boolean
  keepAlive: boolean
  keepAliveInitialDelay: number
}
