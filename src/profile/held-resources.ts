/**
 * What this process holds open: handles and requests by type as the runtime counts them, and the descriptors behind them as
 * Linux does. It shows what leaks, and what keeps a process from ending.
 */
import { type Descriptor, openDescriptors } from '../platform/descriptors.ts'
import { runtimeUsage } from '../platform/runtime-usage.ts'

export interface HeldResources {
  /** By type, the most frequent first; missing on Bun, which does not tell. */
  readonly resources?: Readonly<Record<string, number>>
  /** Missing where there is no `/proc`. */
  readonly descriptors?: HeldDescriptors
}

export interface HeldDescriptors {
  readonly total: number
  /** `file`, `socket`, `pipe`, `anon_inode`. */
  readonly kinds: Readonly<Record<string, number>>
  /** State, own and other address: `established 127.0.0.1:8080 127.0.0.1:41234`; at most 1,000. */
  readonly sockets: readonly string[]
  readonly files: readonly string[]
}

const maxListed = 1_000

export async function heldResources(): Promise<HeldResources> {
  const resources = runtimeUsage.activeResources()
  const descriptors = await openDescriptors()
  return {
    ...(resources !== undefined && { resources: mostFirst(resources) }),
    ...(descriptors !== undefined && { descriptors: describe(descriptors) }),
  }
}

export function describe(descriptors: readonly Descriptor[]): HeldDescriptors {
  const kinds = new Map<string, number>()
  for (const { target } of descriptors) {
    const kind = target.startsWith('/') ? 'file' : (target.split(':', 1)[0] ?? target)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  const sockets = descriptors.flatMap(({ socket }) => (socket === undefined ? [] : [socket]))
  return {
    total: descriptors.length,
    kinds: mostFirst(kinds),
    sockets: sockets.slice(0, maxListed).map(({ state, local, remote }) => `${state} ${local} ${remote}`),
    files: descriptors
      .map(({ target }) => target)
      .filter((target) => target.startsWith('/'))
      .slice(0, maxListed),
  }
}

function mostFirst(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}
