/** Loads `ws` by its file: under the bare name Bun gives a stand-in of its own, which cannot take over a connection. */
export function importWs(): Promise<unknown> {
  const entry = new URL('./wrapper.mjs', import.meta.resolve('ws/package.json'))
  return import(entry.href)
}
