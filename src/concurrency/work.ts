/**
 * Work: a function that a thread runs. What crosses to the thread is the address of its module and its name, never code.
 *
 *   // hash.ts                                         // main.ts
 *   export const hash = defineWork(                    import { hash } from './hash.ts'
 *     import.meta.url, 'hash', (text: string) => …)    await workers.run(hash, 'gin')
 *
 *   the thread imports hash.ts ─▶ defineWork enters the function under its name ─▶ tasks call it
 *
 * So the module is loaded twice, here and in the thread, and must not start the program: it stands in a file of its own.
 */
import { fileURLToPath } from 'node:url'
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { mainFile } from '../platform/environment.ts'
import { parentThread } from '../platform/threads.ts'
import { registerWork } from './internal/work-registry.ts'
import { serveWork } from './internal/work-thread.ts'
import type { Transfer } from './transfer.ts'

/** The address of a function; the types are those of the function. */
export interface Work<Input, Output> {
  /** URL of the module that defines it. */
  readonly module: string
  readonly name: string
  /** Only types: ties input and output to the address. */
  readonly signature?: (input: Input) => Output
}

/** May be async, though a thread runs one at a time. The context is cancelled with the caller's; ask it now and then. */
export type WorkBody<Input, Output> = (
  input: Input,
  context: Context,
) => Output | Transfer<Output> | Promise<Output | Transfer<Output>>

/**
 * @param module `import.meta.url` of the module that calls it.
 * @throws ServiceError WORK_IN_MAIN in the file that was started: a thread would start the program again.
 * @throws ServiceError DUPLICATE_WORK for two of one name in one module.
 */
export function defineWork<Input, Output>(
  module: string,
  name: string,
  body: WorkBody<Input, Output>,
): Work<Input, Output> {
  const isThread = parentThread() !== undefined
  if (!isThread && fileOf(module) === mainFile()) throw workInMain(name)
  registerWork(module, name, body as WorkBody<unknown, unknown>)
  if (isThread) serveWork()
  return { module, name }
}

export interface WorkAddress {
  /** `import.meta.url` of the caller. */
  from: string
  /** Path from there, as an import would have it. In a module that was built to `.js`, `.ts` at its end reads `.js`. */
  module: string
  /** The name that `defineWork` was given there. */
  name: string
}

/**
 * The same address without loading the module here: for one that only threads need, and for bundles.
 * `import type { hash } from './hash.ts'`, then `workAt<typeof hash>({ from: import.meta.url, module: './hash.ts', name: 'hash' })`.
 */
export function workAt<W extends Work<never, unknown>>({ from, module, name }: WorkAddress): W {
  const path = /\.m?ts$/.test(from) ? module : module.replace(/\.(m?)ts$/, '.$1js')
  return { module: new URL(path, from).href, name } as W
}

function fileOf(module: string): string | undefined {
  return module.startsWith('file:') ? fileURLToPath(module) : undefined
}

function workInMain(name: string): ServiceError {
  return new ServiceError(
    'WORK_IN_MAIN',
    `The work "${name}" is defined in the file that was started, and a thread that loads it would start the program again. Move it to a module of its own; in a bundle, make that module an entry of its own and name it by workAt().`,
  )
}
