/** LogSink: where lines go. */
export interface LogSink {
  /**
   * Takes one whole line, its newline included; it never waits and never throws.
   * False says that the line was dropped because the reader does not keep up.
   */
  write(line: string): boolean
  /** Hands over everything taken so far; part of a shutdown and of a crash. */
  flush(): void | Promise<void>
}
