/** Small text files: configuration, mounted secrets, markers. */

/** Most services start without reading a file; its module costs milliseconds. */
const fileSystem = (): Promise<typeof import('node:fs/promises')> => import('node:fs/promises')

/** UTF-8 without its byte order mark. @throws the system's error, with its `code`, such as `ENOENT`. */
export async function readTextFile(path: string, signal?: AbortSignal): Promise<string> {
  const { readFile } = await fileSystem()
  const text = await readFile(path, { encoding: 'utf8', signal })
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** Creates or replaces the file. @throws the system's error, with its `code`. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const { writeFile } = await fileSystem()
  return writeFile(path, text)
}

/** Nothing happens if there is no such file. @throws the system's error, with its `code`. */
export async function removeFile(path: string): Promise<void> {
  const { rm } = await fileSystem()
  return rm(path, { force: true })
}
