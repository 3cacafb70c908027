/** EndedWith: a command has said all it has to say, and ends with this code. */
export class EndedWith extends Error {
  readonly code: number

  /** @param cause What went wrong, if that is still to be told. */
  constructor(code: number, cause?: unknown) {
    super(`ended with ${code}`, { cause })
    this.code = code
  }
}
