/**
 * The open descriptors of this process and what they lead to, as Linux tells in `/proc`; the same on both runtimes.
 *
 *   /proc/self/fd/17 ─▶ socket:[4711] ─▶ /proc/self/net/tcp: addresses and state
 */
import { readdir, readFile, readlink } from 'node:fs/promises'

export interface Descriptor {
  readonly fd: number
  /** A path, or what stands in for one: `socket:[4711]`, `pipe:[12]`, `anon_inode:[eventpoll]`. */
  readonly target: string
  /** Of a TCP socket. */
  readonly socket?: TcpSocket
}

export interface TcpSocket {
  readonly local: string
  readonly remote: string
  readonly state: string
}

/** Undefined where there is no `/proc`. */
export async function openDescriptors(): Promise<readonly Descriptor[] | undefined> {
  let names: readonly string[]
  try {
    names = await readdir('/proc/self/fd')
  } catch {
    return undefined
  }
  const [sockets, targets] = await Promise.all([tcpSockets(), Promise.all(names.map(targetOf))])
  return names.flatMap((name, i): Descriptor[] => {
    const target = targets[i]
    if (target === undefined) return []
    const socket = sockets.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')
    return [{ fd: Number(name), target, ...(socket !== undefined && { socket }) }]
  })
}

/** Undefined if it was closed meanwhile, as that is which reads the folder. */
function targetOf(name: string): Promise<string | undefined> {
  return readlink(`/proc/self/fd/${name}`).catch(() => undefined)
}

async function tcpSockets(): Promise<ReadonlyMap<string, TcpSocket>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/self/net/${table}`, 'utf8').catch(() => '')),
  )
  return new Map(tables.flatMap(socketsInTable))
}

/** Numbers of the kernel's `tcp_states.h`. */
const tcpStates: Readonly<Record<string, string>> = {
  '01': 'established',
  '02': 'syn_sent',
  '03': 'syn_received',
  '04': 'fin_wait_1',
  '05': 'fin_wait_2',
  '06': 'time_wait',
  '07': 'closed',
  '08': 'close_wait',
  '09': 'last_ack',
  '0A': 'listening',
  '0B': 'closing',
}

/** By inode. */
export function socketsInTable(table: string): (readonly [inode: string, socket: TcpSocket])[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, state = '', , , , , , inode] = line.trim().split(/\s+/)
      if (local === undefined || remote === undefined || inode === undefined || inode === '0') return []
      const socket = { local: addressOf(local), remote: addressOf(remote), state: tcpStates[state] ?? state }
      return [[inode, socket] as const]
    })
}

/** `0100007F:1F90` is 127.0.0.1:8080: words of four bytes in the order of the machine, the port in that of the network. */
function addressOf(text: string): string {
  const [hex = '', port = '0'] = text.split(':')
  const bytes = Array.from(hex.matchAll(/../g), ([byte]) => Number.parseInt(byte, 16))
  const ordered = bytes.map((_, i) => bytes[i - (i % 4) + 3 - (i % 4)] ?? 0)
  const portNumber = Number.parseInt(port, 16)
  if (ordered.length === 4) return `${ordered.join('.')}:${portNumber}`
  const isMapped = ordered.slice(0, 10).every((byte) => byte === 0) && ordered[10] === 0xff
  if (isMapped) return `${ordered.slice(12).join('.')}:${portNumber}`
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((ordered[i * 2] ?? 0) << 8) | (ordered[i * 2 + 1] ?? 0)).toString(16),
  )
  return `[${groups.join(':').replace(/(?:^|:)0(?::0)+(?::|$)/, '::')}]:${portNumber}`
}
