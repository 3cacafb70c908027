/** The tracer of this process, for code that is not given one: `traced()`, clients, libraries. */
import { noopTracer } from './noop-tracer.ts'
import type { Tracer } from './tracer.ts'

let known: Tracer = noopTracer

/** Stands for whatever tracer the process has at the time of the call; the current span's goes before it. */
export const defaultTracer: Tracer = {
  start: (name, options) => known.start(name, options),
}

/** A service does so when it starts. The function returned takes it back, unless another one has come since. */
export function setDefaultTracer(tracer: Tracer): () => void {
  known = tracer
  return () => {
    if (known === tracer) known = noopTracer
  }
}
