/** Time that the processor has given to the thread that asks, in milliseconds: less than has passed while others had it, or it waited. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
