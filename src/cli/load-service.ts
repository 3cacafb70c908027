/** Loads the service that a file declares, without starting it. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { pathExists } from '../platform/folders.ts'
import { inspect } from '../service/inspection.ts'
import type { Service } from '../service/service.ts'

/**
 * @throws ServiceError `FILE_NOT_FOUND`; `NO_SERVICE` if the file makes none; what the file itself throws.
 */
export async function loadService(file: string): Promise<Service> {
  const path = resolve(file)
  if (!(await pathExists(path))) {
    throw new ServiceError(
      'FILE_NOT_FOUND',
      `There is no file ${path}. Name the file that makes the service, such as src/main.ts.`,
    )
  }
  return withoutStandardOutput(() => inspect(() => import(pathToFileURL(path).href)))
}

/** Standard output belongs to the command: what the file prints while it loads goes to standard error. */
async function withoutStandardOutput<T>(work: () => Promise<T>): Promise<T> {
  const { log, info, debug } = console
  console.log = console.info = console.debug = console.error
  try {
    return await work()
  } finally {
    Object.assign(console, { log, info, debug })
  }
}
