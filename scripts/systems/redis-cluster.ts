/** A Redis cluster of its own: three masters without replicas, each with a third of the slots. */

import { converse } from './converse.ts'
import { freePort } from './free-port.ts'
import { type RedisSystem, startRedis } from './redis.ts'

export interface RedisCluster {
  readonly nodes: readonly RedisSystem[]
  readonly url: string
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const slots = 16_384

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: ClusterNode[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    for (let at = 0; at < 3; at++) nodes.push(await startNode())
    await join(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  const url = `redis+cluster://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}`
  return { nodes, url, stop, [Symbol.asyncDispose]: stop }
}

type ClusterNode = RedisSystem & { readonly busPort: number }

/** Nodes speak to each other on their port plus 10,000 by default, which may be taken or be none at all. */
async function startNode(): Promise<ClusterNode> {
  const busPort = await freePort()
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-node-timeout': '2000',
    'cluster-require-full-coverage': 'no',
  }
  return Object.assign(await startRedis({ settings }), { busPort })
}

async function join(nodes: readonly ClusterNode[]): Promise<void> {
  const share = Math.ceil(slots / nodes.length)
  const isOk = (reply: string): boolean => reply.includes('+OK')
  const [first] = nodes
  for (const [at, node] of nodes.entries()) {
    const last = Math.min(slots, (at + 1) * share) - 1
    await converse(node.port, `CLUSTER ADDSLOTSRANGE ${at * share} ${last}\r\n`, isOk)
    if (node === first) continue
    await converse(node.port, `CLUSTER MEET 127.0.0.1 ${first?.port} ${first?.busPort}\r\n`, isOk)
  }
  for (const { port } of nodes) await untilKnown(port, nodes.length)
}

async function untilKnown(port: number, count: number): Promise<void> {
  const isWhole = (reply: string): boolean =>
    reply.includes('cluster_state:ok') &&
    reply.includes(`cluster_known_nodes:${count}`) &&
    reply.includes(`cluster_size:${count}`)
  const untilMs = performance.now() + 15_000
  for (;;) {
    let seen = ''
    await converse(port, 'CLUSTER INFO\r\n', (reply) => {
      seen = reply
      return reply.includes('cluster_size')
    })
    if (isWhole(seen)) return
    if (performance.now() > untilMs) throw new Error(`The cluster does not come together: ${seen}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
