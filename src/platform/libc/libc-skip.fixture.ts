/** Tests of the C library's sockets run where they can; where CI should have them, they must. */
import { socketShare } from './thread-share.ts'

/** Why it cannot be tested here; false if it can. Fails instead of skipping in CI on Linux. */
export async function missingLibc(): Promise<string | false> {
  try {
    await socketShare()
    return false
  } catch (error) {
    if (process.env.CI === 'true' && process.platform === 'linux' && hasFfi()) throw error
    return error instanceof Error ? error.message : 'there is no FFI'
  }
}

/** Node.js 24, the oldest that is supported, has none. */
function hasFfi(): boolean {
  return process.versions.bun !== undefined || Number(process.versions.node.split('.')[0]) >= 26
}
