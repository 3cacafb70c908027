/**
 * A target: a server that the benchmark can start, ours or a peer's.
 *
 *   prepare(cache) ──▶ command(cache) with $PORT ──▶ answers every scenario ──▶ SIGTERM
 */
export interface Target {
  /** What `--targets` calls it: `gin`, `fastify`, `genever-bun-libc`. */
  readonly name: string
  /** What tables call it: `Gin 1.12`. */
  readonly title: string
  /** Builds or installs what it needs into `cache`, a git-ignored folder; throws with what is missing. Quick the second time. */
  prepare(cache: string): Promise<void>
  /** What listens on 127.0.0.1:$PORT until SIGTERM; runs in the target's own process group. */
  command(cache: string): readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Scenarios that it does not have. Default: none. */
  readonly without?: readonly string[]
}
