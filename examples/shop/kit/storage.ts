/** Where a service keeps its data: the folder that `SHOP_DATA` names. */
import { join } from 'node:path'
import { z } from 'zod'

export const Storage = z.object({ folder: z.string().default('.genever/shop') })

/** For the `config` of a service that stores something. */
export const storage = { schema: Storage, variables: { SHOP_DATA: 'folder' } }

export function fileIn({ folder }: z.infer<typeof Storage>, file: string): string {
  return join(folder, file)
}
