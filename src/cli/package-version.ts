/** The version of this package, from the manifest above this file: in the sources as in what is published. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pathExists } from '../platform/folders.ts'
import { readTextFile } from '../platform/text-file.ts'

export async function packageVersion(): Promise<string> {
  const manifest = await manifestAbove(dirname(fileURLToPath(import.meta.url)))
  const { version }: { version: string } = JSON.parse(await readTextFile(manifest))
  return version
}

async function manifestAbove(folder: string): Promise<string> {
  const path = join(folder, 'package.json')
  return (await pathExists(path)) ? path : manifestAbove(dirname(folder))
}
