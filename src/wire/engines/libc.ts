/**
 * The libc engine: the wire of `sockets` over sockets of the C library, where the runtime's FFI reaches it (Linux, on x64 and
 * arm64). What the runtime's own sockets cost falls away; everything above them is the same code.
 *
 *   platform/libc/listen ─▶ http1/ connection ─▶ Exchange ─▶ handler          with TLS: platform/listen, as `sockets`
 */
import { listen as listenOnLibc } from '../../platform/libc/listen.ts'
import { listen } from '../../platform/listen.ts'
import type { Engine } from './engine.ts'
import { engineOver } from './sockets.ts'

/** Ask `libcProblem` first: where the C library cannot be used, `listen` throws `NOT_SUPPORTED`. */
export const libcEngine: Engine = engineOver('libc', (options) =>
  options.tls === undefined ? listenOnLibc(options) : listen(options),
)
