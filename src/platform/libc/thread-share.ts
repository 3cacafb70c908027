/** The share of the thread that runs now, made when it is first needed. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { runtimeName } from '../runtime.ts'
import type { CLibrary } from './c-library.ts'
import { EpollLoop } from './epoll-loop.ts'
import { SocketShare } from './socket-share.ts'

let share: Promise<SocketShare> | undefined

/** @throws ServiceError `NOT_SUPPORTED`, saying what is missing. */
export function socketShare(): Promise<SocketShare> {
  share ??= makeShare()
  return share
}

async function makeShare(): Promise<SocketShare> {
  const { platform, arch } = process
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw notSupported(`epoll is there on Linux, on x64 and arm64; this is ${platform} on ${arch}`)
  }
  return new SocketShare(new EpollLoop(await openLibrary()))
}

async function openLibrary(): Promise<CLibrary> {
  const { openCLibrary } = runtimeName === 'bun' ? await import('../bun/ffi.ts') : await import('../node/ffi.ts')
  try {
    return openCLibrary()
  } catch (error) {
    throw notSupported(error instanceof Error ? error.message : 'the C library cannot be opened', error)
  }
}

function notSupported(reason: string, cause?: unknown): ServiceError {
  return new ServiceError(
    'NOT_SUPPORTED',
    `Sockets of the C library cannot be used here: ${reason.replace(/\.$/, '')}.`,
    { cause },
  )
}
