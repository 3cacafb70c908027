/**
 * Operator: messages and sagas as commands ask for them: of a running service at its admin port, or of a file that makes one, whose
 * broker and database are then asked directly.
 */
import type { Command } from 'commander'
import type { Operation } from '../../api/operation.ts'
import { processEnvironment } from '../../platform/environment.ts'
import type { OperationName, Operations } from '../../service/operations/operations.ts'
import { type OperationsApi, operationsApi } from '../../service/operations/operations-api.ts'
import { loadService } from '../load-service.ts'
import { type AdminWords, addAdminOptions, adminHelp, askAdmin } from './admin-port.ts'

export interface OperatorWords extends AdminWords {
  /** Makes a service that is not running. */
  readonly file?: string
  readonly json?: boolean
}

export const operatorHelp: string = `${adminHelp}
With --file the service need not run: its broker and its database are asked directly, with the settings of this environment.
In production a service answers only if it was started with OPERATIONS=on.`

export function addOperatorOptions(command: Command): Command {
  return addAdminOptions(command)
    .option('--file <file>', 'makes the service, such as src/main.ts: asks its broker and database without it')
    .option('--json', 'as the service says it', false)
}

interface Asked {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object
}

type AnswerOf<N extends OperationName> = Awaited<ReturnType<Operations[N]>>

/** @throws ServiceError as `askAdmin`, or with `--file` as `loadService` and the operation itself. */
export async function operate<N extends OperationName & keyof OperationsApi>(
  words: OperatorWords,
  name: N,
  asked: Asked = {},
): Promise<AnswerOf<N>> {
  if (words.file !== undefined) return await operateFile(words.file, name, asked)
  const { method, path }: Operation = operationsApi[name]
  const { params = {}, query = {}, body } = asked
  const place = path.replaceAll(/:(\w+)/g, (_, param: string) => encodeURIComponent(params[param] ?? ''))
  const search = new URLSearchParams({ ...(method === 'POST' && { by: me() }) })
  for (const [member, value] of Object.entries(query)) if (value !== undefined) search.set(member, String(value))
  const text = search.size === 0 ? place : `${place}?${search}`
  return (await askAdmin(words, { method, path: text, ...(body !== undefined && { body }) })) as AnswerOf<N>
}

async function operateFile<N extends OperationName>(
  file: string,
  name: N,
  { params = {}, query = {}, body = {} }: Asked,
): Promise<AnswerOf<N>> {
  const service = await loadService(file)
  // The contract's operations take their parts as one object here.
  const operation = (operations: Operations): Promise<unknown> =>
    (operations[name] as (this: Operations, input: unknown) => Promise<unknown>).call(operations, {
      ...query,
      ...params,
      ...body,
    })
  return (await service.operate(operation)) as AnswerOf<N>
}

/** Who asks, for those who read the log. */
function me(): string {
  return processEnvironment.USER ?? processEnvironment.USERNAME ?? 'cli'
}
