/** How the runtime's own JSON does beside compiled JavaScript; measured on both. */
import { runtimeName } from './runtime.ts'

/**
 * Whether `JSON.stringify` and one copy are quicker than code that writes a long value byte by byte. V8 reads the characters
 * of a text slowly one by one, and its JSON quickly; in JavaScriptCore it is the other way round.
 */
export const isNativeJsonQuicker: boolean = runtimeName === 'node'
