/**
 * A CPU profile as pprof: what `go tool pprof`, and every store of profiles, reads (google/pprof, profile.proto).
 *
 *   Profile { sample_type = 1, sample = 2 { location_id = 1, value = 2 }, location = 4 { id = 1, line = 4 { function_id = 1, line = 2 } },
 *             function = 5 { id = 1, name = 2, filename = 4 }, string_table = 6, time_nanos = 9, duration_nanos = 10, period_type = 11, period = 12 }
 */
import type { CpuProfile, CpuProfileNode } from '../platform/cpu-profiler.ts'
import { ProtobufWriter } from '../telemetry/exporters/otlp/protobuf-writer.ts'

interface NodeUse {
  count: number
  microseconds: number
}

/** Time in which nothing ran; it would hide what did. */
const notWork = new Set(['(idle)'])

/** Not compressed. @param startedMs Since the Unix epoch. */
export function pprofFrom(profile: CpuProfile, startedMs: number): Uint8Array {
  const writer = new ProtobufWriter()
  const texts = new TextTable()
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const samples = usesOf(profile)
  writeValueType(writer, 1, texts.at('samples'), texts.at('count'))
  writeValueType(writer, 1, texts.at('cpu'), texts.at('nanoseconds'))
  for (const [id, use] of samples) writeSample(writer, stackOf(id, nodes, parents), use)
  for (const node of profile.nodes) writeNode(writer, node, texts)
  const periodType = [texts.at('cpu'), texts.at('nanoseconds')] as const
  for (const text of texts.all) writer.textAlways(6, text)
  writeNanoseconds(writer, 9, startedMs)
  writer.int64(10, Math.round((profile.endTime - profile.startTime) * 1_000))
  writeValueType(writer, 11, ...periodType)
  writer.int64(12, periodOf(profile))
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

/** A sample stands for the time until the next one. Bun takes none while nothing runs: such a gap is not the work before it. */
function usesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Map<number, NodeUse> {
  const uses = new Map<number, NodeUse>()
  const usual = medianOf(timeDeltas)
  const seesIdle = nodes.some(({ callFrame }) => notWork.has(callFrame.functionName))
  const longest = seesIdle ? Number.POSITIVE_INFINITY : usual * idleGap
  samples.forEach((id, i) => {
    const use = uses.get(id) ?? { count: 0, microseconds: 0 }
    const until = Math.max(0, timeDeltas[i + 1] ?? usual)
    use.count++
    use.microseconds += until > longest ? usual : until
    uses.set(id, use)
  })
  return uses
}

/** Times the usual distance of samples. */
const idleGap = 10

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/** From the leaf to the root, which is left out. */
function stackOf(
  leaf: number,
  nodes: ReadonlyMap<number, CpuProfileNode>,
  parents: ReadonlyMap<number, number>,
): readonly number[] {
  const stack: number[] = []
  for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
    const name = nodes.get(id)?.callFrame.functionName
    if (name !== undefined && notWork.has(name)) return []
    if (name !== '(root)') stack.push(id)
  }
  return stack
}

function writeSample(writer: ProtobufWriter, stack: readonly number[], { count, microseconds }: NodeUse): void {
  if (stack.length === 0) return
  const start = writer.begin(2)
  for (const id of stack) writer.uint(1, id)
  writer.int64(2, count)
  writer.int64(2, Math.round(microseconds * 1_000))
  writer.end(start)
}

/** A node is a location and a function of its own: they are few. */
function writeNode(writer: ProtobufWriter, { id, callFrame }: CpuProfileNode, texts: TextTable): void {
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

function periodOf({ startTime, endTime, samples = [] }: CpuProfile): number {
  return samples.length === 0 ? 0 : Math.round(((endTime - startTime) * 1_000) / samples.length)
}

/** An int64 beyond the safe integers of a number: its varint is written from a BigInt. */
function writeNanoseconds({ out }: ProtobufWriter, field: number, epochMs: number): void {
  const bytes = [field << 3]
  let rest = BigInt(Math.floor(epochMs)) * 1_000_000n
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  out.copy(Uint8Array.from(bytes))
}
