/** A sink that keeps lines, for tests. */
import type { LogSink } from '../log-sink.ts'

export class MemorySink implements LogSink {
  readonly lines: string[] = []

  write(line: string): boolean {
    this.lines.push(line)
    return true
  }

  flush(): void {}

  /** The lines of a JSON logger as objects. */
  get records(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line))
  }
}
