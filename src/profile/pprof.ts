/**
 * Profiles as pprof: what `go tool pprof`, and every store of profiles, reads (google/pprof, profile.proto).
 *
 *   Profile { sample_type = 1, sample = 2 { location_id = 1, value = 2, label = 3 }, location = 4 { id = 1, line = 4 { function_id = 1, line = 2 } },
 *             function = 5 { id = 1, name = 2, filename = 4 }, string_table = 6, time_nanos = 9, duration_nanos = 10, period_type = 11, period = 12 }
 *   Label   { key = 1, num = 3 }
 */
import type { CallFrame } from '../platform/cpu-profiler.ts'
import { ProtobufWriter } from '../telemetry/exporters/otlp/protobuf-writer.ts'

export interface Pprof {
  /** What the values of a sample are, in their order; `go tool pprof` shows the last one first. */
  readonly types: readonly PprofType[]
  /** Those of several processes stand beside each other in one file. */
  readonly trees: readonly PprofTree[]
  /** In milliseconds since the Unix epoch. */
  readonly startedMs: number
  readonly durationUs: number
  /** Of the last type, between two samples. */
  readonly period: number
}

export type PprofType = readonly [type: string, unit: string]

export interface PprofTree {
  /** Of the process, as a label of its samples. */
  readonly pid: number
  readonly nodes: readonly PprofNode[]
  /** By the id of the node in which they were taken. */
  readonly samples: ReadonlyMap<number, readonly number[]>
}

export interface PprofNode {
  readonly id: number
  readonly parent: number | undefined
  readonly callFrame: CallFrame
}

/** Time in which nothing ran; it would hide what did. */
const notWork = '(idle)'
const root = '(root)'

/** Gzipped, as the format wants it. */
export async function pprofFile(profile: Pprof): Promise<Uint8Array> {
  const packed = new Blob([Buffer.from(pprofBytes(profile))]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

export function pprofBytes({ types, trees, startedMs, durationUs, period }: Pprof): Uint8Array {
  const writer = new ProtobufWriter()
  const texts = new TextTable()
  for (const [type, unit] of types) writeValueType(writer, 1, texts.at(type), texts.at(unit))
  let firstId = 0
  for (const tree of trees) {
    writeTree(writer, texts, tree, firstId)
    firstId += tree.nodes.reduce((highest, { id }) => Math.max(highest, id), 0)
  }
  const [periodType, periodUnit] = types.at(-1) ?? ['', '']
  const periodTexts = [texts.at(periodType), texts.at(periodUnit)] as const
  for (const text of texts.all) writer.textAlways(6, text)
  writeNanoseconds(writer, 9, startedMs)
  writer.int64(10, Math.round(durationUs * 1_000))
  writeValueType(writer, 11, ...periodTexts)
  writer.int64(12, period)
  return writer.out.written()
}

/** Every text once; the first is the empty one, as the format wants it. */
class TextTable {
  readonly #places = new Map<string, number>([['', 0]])

  at(text: string): number {
    const place = this.#places.get(text) ?? this.#places.size
    this.#places.set(text, place)
    return place
  }

  get all(): Iterable<string> {
    return this.#places.keys()
  }
}

function writeTree(
  writer: ProtobufWriter,
  texts: TextTable,
  { pid, nodes, samples }: PprofTree,
  firstId: number,
): void {
  const known = new Map(nodes.map((node) => [node.id, node]))
  const label = texts.at('pid')
  for (const [id, values] of samples) {
    const stack = stackOf(id, known)
    if (stack.length === 0) continue
    const start = writer.begin(2)
    for (const place of stack) writer.uint(1, firstId + place)
    for (const value of values) writer.int64(2, Math.round(value))
    const labelled = writer.begin(3)
    writer.uint(1, label)
    writer.int64(3, pid)
    writer.end(labelled)
    writer.end(start)
  }
  for (const node of nodes) writeNode(writer, texts, { ...node, id: firstId + node.id })
}

/** From the leaf to the root, which is left out. */
function stackOf(leaf: number, nodes: ReadonlyMap<number, PprofNode>): readonly number[] {
  const stack: number[] = []
  for (let node = nodes.get(leaf); node !== undefined; node = nodes.get(node.parent ?? -1)) {
    const { functionName } = node.callFrame
    if (functionName === notWork) return []
    if (functionName !== root) stack.push(node.id)
  }
  return stack
}

/** A node is a location and a function of its own: they are few. */
function writeNode(writer: ProtobufWriter, texts: TextTable, { id, callFrame }: PprofNode): void {
  const name = texts.at(callFrame.functionName || '(anonymous)')
  const file = texts.at(callFrame.url.replace(/^file:\/\//, ''))
  const lineNumber = Math.max(0, callFrame.lineNumber + 1)
  const location = writer.begin(4)
  writer.uint(1, id)
  const line = writer.begin(4)
  writer.uint(1, id)
  writer.uint(2, lineNumber)
  writer.end(line)
  writer.end(location)
  const called = writer.begin(5)
  writer.uint(1, id)
  writer.uint(2, name)
  writer.uint(3, name)
  writer.uint(4, file)
  writer.uint(5, lineNumber)
  writer.end(called)
}

function writeValueType(writer: ProtobufWriter, field: number, type: number, unit: number): void {
  const start = writer.begin(field)
  writer.uint(1, type)
  writer.uint(2, unit)
  writer.end(start)
}

/** An int64 beyond the safe integers of a number: its varint is written from a BigInt. */
function writeNanoseconds({ out }: ProtobufWriter, field: number, epochMs: number): void {
  const bytes = [field << 3]
  let rest = BigInt(Math.floor(epochMs)) * 1_000_000n
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  out.copy(Uint8Array.from(bytes))
}
