/** BodyCodec: a format of bodies besides JSON, such as MessagePack or CBOR, as an app registers it. */

export interface BodyCodec {
  /** Media type without parameters, such as `application/msgpack`. */
  readonly contentType: string
  /** Bytes → value; the schema checks it afterwards. A throw is answered with 400. */
  decode(bytes: Uint8Array): unknown
  /** Value → bytes, for clients that ask for the format in `accept`. Without it the format is only taken. */
  encode?(value: unknown): Uint8Array
}
