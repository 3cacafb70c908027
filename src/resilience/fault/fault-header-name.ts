/** The header by which a trusted peer sends a fault along; apart, so that what reads it is loaded only when it comes. */
export const faultHeader = 'x-fault-inject'
