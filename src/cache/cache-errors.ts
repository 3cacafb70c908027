/** What can go wrong with a cache that its caller must know. All the rest is metrics: a cache that fails costs time, not answers. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export function badCache(problem: string): ServiceError {
  return new ServiceError('BAD_CACHE', `${problem}.`)
}

export function notLoadable(region: string): ServiceError {
  return new ServiceError(
    'CACHE_NO_LOADER',
    `The cache region '${region}' was not told how to load: give it \`load\`, or give it to get().`,
  )
}

export function notWritable(region: string): ServiceError {
  return new ServiceError('CACHE_NO_WRITER', `The cache region '${region}' was not told how to save: give it \`save\`.`)
}

export function writeBehindFull(region: string, pending: number): ServiceError {
  return new ServiceError(
    'CACHE_WRITES_FULL',
    `${pending} changes of the cache region '${region}' wait to be saved already; nothing was taken.`,
    { status: 503 },
  )
}
