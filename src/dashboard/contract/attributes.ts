/** Attributes: what telemetry says about itself, in the values that OTLP knows, as JSON. */

/** Bytes are base64; integers beyond 2 ** 53 are texts. */
export type AttributeValue = string | number | boolean | null | readonly AttributeValue[] | AttributeMap

export interface AttributeMap {
  readonly [name: string]: AttributeValue
}
