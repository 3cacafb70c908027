/** What a request says about its caller: anybody may shorten the time for it, trusted peers give its priority and tenant. */
import type { Context } from '../../foundation/context/context.ts'
import {
  parsePriority,
  parseTenant,
  priorityHeader,
  requestPriority,
  requestTenant,
  tenantHeader,
} from '../../resilience/caller.ts'
import { parseGrpcTimeout, parseRequestTimeout } from '../../resilience/deadline-header.ts'
import type { Priority } from '../../resilience/overload/priority.ts'
import type { Exchange } from '../../wire/exchange.ts'
import type { TrustedPeers } from './trusted-peers.ts'

/** How long the caller waits, in milliseconds from when the request came; undefined where it does not say. */
export function askedTimeoutMs(exchange: Exchange): number | undefined {
  const request = exchange.header('x-request-timeout')
  const grpc = exchange.header('grpc-timeout')
  if (request === undefined && grpc === undefined) return undefined
  const askedMs = request === undefined ? undefined : parseRequestTimeout(request)
  return askedMs ?? (grpc === undefined ? undefined : parseGrpcTimeout(grpc))
}

/** The route's, unless a trusted peer says otherwise. */
export function priorityOf(exchange: Exchange, peers: TrustedPeers | undefined, ofRoute: Priority): Priority {
  if (peers === undefined) return ofRoute
  const said = exchange.header(priorityHeader)
  if (said === undefined || !peers.trusts(exchange.peer)) return ofRoute
  return parsePriority(said) ?? ofRoute
}

/** Puts priority and tenant where the handler finds them and calls to others take them from. */
export function noteCaller(
  context: Context,
  exchange: Exchange,
  { peers, ofRoute }: { peers: TrustedPeers | undefined; ofRoute: Priority },
): void {
  const priority = priorityOf(exchange, peers, ofRoute)
  if (priority !== 'normal') context.set(requestPriority, priority)
  const said = peers === undefined ? undefined : exchange.header(tenantHeader)
  if (said === undefined || peers?.trusts(exchange.peer) !== true) return
  const tenant = parseTenant(said)
  if (tenant !== undefined) context.set(requestTenant, tenant)
}
