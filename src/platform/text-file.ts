/** Small text files: configuration, mounted secrets, markers. */
import { readFile, rm, writeFile } from 'node:fs/promises'

/** UTF-8 without its byte order mark. @throws the system's error, with its `code`, such as `ENOENT`. */
export async function readTextFile(path: string, signal?: AbortSignal): Promise<string> {
  const text = await readFile(path, { encoding: 'utf8', signal })
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

/** Creates or replaces the file. @throws the system's error, with its `code`. */
export function writeTextFile(path: string, text: string): Promise<void> {
  return writeFile(path, text)
}

/** Nothing happens if there is no such file. @throws the system's error, with its `code`. */
export function removeFile(path: string): Promise<void> {
  return rm(path, { force: true })
}
