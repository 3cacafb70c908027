/** Pieces as a web stream. Nothing is read ahead; `onLeave` is called when the reader loses interest. */
export function toWebStream(pieces: AsyncIterable<Uint8Array>, onLeave?: () => void): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done === true) controller.close()
        // Copied: a piece may be its owner's to reuse once the next one is asked for.
        else controller.enqueue(new Uint8Array(value))
      },
      async cancel() {
        onLeave?.()
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
