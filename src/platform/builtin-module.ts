/** Built-in modules on first use: those that cost milliseconds at start and that most services never need. */
import type * as crypto from 'node:crypto'
import type * as ffi from 'node:ffi'
import type * as os from 'node:os'
import type * as perfHooks from 'node:perf_hooks'
import type * as sqlite from 'node:sqlite'
import type * as tty from 'node:tty'
import type * as util from 'node:util'
import type * as v8 from 'node:v8'
import type * as workerThreads from 'node:worker_threads'
import type * as zlib from 'node:zlib'

interface BuiltinModules {
  'node:crypto': typeof crypto
  'node:ffi': typeof ffi | undefined
  'node:os': typeof os
  'node:perf_hooks': typeof perfHooks
  'node:sqlite': typeof sqlite
  'node:tty': typeof tty
  'node:util': typeof util
  'node:v8': typeof v8
  'node:worker_threads': typeof workerThreads
  'node:zlib': typeof zlib
}

/** Like `import()`, but at once. The runtime keeps what it loaded, so calling it again is cheap. */
export function builtinModule<Name extends keyof BuiltinModules>(name: Name): BuiltinModules[Name] {
  return process.getBuiltinModule(name) as unknown as BuiltinModules[Name]
}
