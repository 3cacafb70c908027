/** Opening connections on `node:net` and `node:tls`. */
import { type Socket as NetSocket, connect as netConnect } from 'node:net'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ConnectOptions } from '../connect.ts'
import type { Socket, TlsPeer } from '../socket.ts'
import { defaultConnectTimeoutMs, defaultHost } from '../socket-defaults.ts'
import { connectError, connectTimeout, tlsError } from '../socket-errors.ts'
import type { TlsClientOptions } from '../tls.ts'
import { NodeSocket, tlsPeerFrom } from './node-socket.ts'
import { streamOptions } from './stream-options.ts'

export async function connect<State>(options: ConnectOptions<State>): Promise<Socket<State>> {
  options.signal?.throwIfAborted()
  if (options.tls === undefined) {
    const native = dialled(options, () => netConnect(target(options)))
    return standing(native, 'connect', options, () => opened(native, options))
  }
  const { connect } = await import('node:tls')
  const settings = { ...target(options), ...tlsSettings(options.tls) }
  const native = dialled(options, () => connect(settings))
  return standing(native, 'secureConnect', options, () => opened(native, options, tlsPeerFrom(native)))
}

/** A port out of range is thrown at once, before there is a socket. */
function dialled<Native, State>(options: ConnectOptions<State>, dial: () => Native): Native {
  try {
    return dial()
  } catch (error) {
    throw connectError(options, error)
  }
}

function target<State>({ host = defaultHost, port = 0, path }: ConnectOptions<State>): ConnectTarget {
  const address = { ...streamOptions, host, port }
  return path === undefined ? address : { ...address, path }
}

interface ConnectTarget {
  host: string
  port: number
  path?: string
}

export function tlsSettings({ serverName, ca, cert, key, alpnProtocols }: TlsClientOptions): object {
  return {
    rejectUnauthorized: true,
    ...(serverName !== undefined && { servername: serverName }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(alpnProtocols !== undefined && { ALPNProtocols: [...alpnProtocols] }),
  }
}

/** Takes the socket over with the event that says the connection stands; whatever comes first instead destroys it. */
function standing<State>(
  native: NetSocket,
  event: 'connect' | 'secureConnect',
  { timeoutMs = defaultConnectTimeoutMs, signal, ...address }: ConnectOptions<State>,
  open: () => Socket<State>,
): Promise<Socket<State>> {
  return new Promise((resolve, reject) => {
    let encrypting = false
    const timer = setTimeout(() => native.destroy(connectTimeout(address, timeoutMs)), timeoutMs)
    const onAbort = (): void => void native.destroy()
    const onConnected = (): void => {
      encrypting = event === 'secureConnect'
    }
    const onStanding = (): void => {
      release()
      resolve(open())
    }
    const onClose = (): void => {
      release()
      const cause = native.errored
      if (signal?.aborted) reject(signal.reason)
      else if (cause instanceof ServiceError) reject(cause)
      else reject(encrypting ? tlsError(address, cause) : connectError(address, cause))
    }
    // The error is read when the socket closes; without a listener it would end the process.
    const onError = (): void => undefined
    const release = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      native.off('connect', onConnected).off(event, onStanding).off('error', onError).off('close', onClose)
    }
    signal?.addEventListener('abort', onAbort)
    native.on('connect', onConnected).on(event, onStanding).on('error', onError).on('close', onClose)
  })
}

export function opened<State>(native: NetSocket, options: ConnectOptions<State>, tls?: TlsPeer): Socket<State> {
  const { state, handlers, path } = options
  const resettable = tls === undefined && path === undefined
  const socket = new NodeSocket({ native, state, handlers, resettable, ...(tls !== undefined && { tls }) })
  socket.open()
  return socket
}
