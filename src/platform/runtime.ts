/** Which runtime this is; the only place that finds out. */

export type RuntimeName = 'bun' | 'node'

export const runtimeName: RuntimeName = 'Bun' in globalThis ? 'bun' : 'node'

/** The runtime's own version, such as `1.4.5` or `26.10.0`. */
export const runtimeVersion: string = (runtimeName === 'bun' ? process.versions.bun : process.versions.node) ?? '0'
