/** Round points on an axis of time, between 4 and 8 of them. */
export function timeTicks(durationMs: number, most = 6): number[] {
  if (!(durationMs > 0)) return [0]
  const rough = durationMs / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => durationMs / size <= most) ?? 10 * power
  const ticks: number[] = []
  for (let at = 0; at * step <= durationMs * 1.0001; at++) ticks.push(Number((at * step).toPrecision(12)))
  return ticks
}
