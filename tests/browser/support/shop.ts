/** The shop as `npm start` runs it, with its dashboard and real customers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NpmStart, npmStart } from '../../integration/start/npm-start.ts'
import { goShopping } from './shopping.ts'

export interface RunningShop {
  readonly gateway: string
  /** Of the dashboard, such as `http://127.0.0.1:21000`. */
  readonly origin: string
  /** As it was printed, with the token. */
  readonly link: string
  /** A customer comes, and orders. */
  shopping(): Promise<void>
  /** Where a service answers. */
  urlOf(service: string): string
  stop(): Promise<void>
}

export async function startShop(): Promise<RunningShop> {
  const data = mkdtempSync(join(tmpdir(), 'genever-browser-'))
  const start = npmStart({ data })
  const printed = async (pattern: RegExp): Promise<string> => {
    await start.printed(pattern)
    return pattern.exec(start.output())?.[1] ?? ''
  }
  try {
    const link = await printed(/^dashboard {2}(http:\/\/127\.0\.0\.1:\d+\/#token=\w+)$/m)
    const gateway = await printed(/^gateway {2}(http:\/\/127\.0\.0\.1:\d+)$/m)
    return runningShop({ link, gateway, start, data })
  } catch (error) {
    start.cleanUp()
    throw error
  }
}

interface Started {
  readonly link: string
  readonly gateway: string
  readonly start: NpmStart
  readonly data: string
}

function runningShop({ link, gateway, start, data }: Started): RunningShop {
  return {
    gateway,
    link,
    origin: new URL(link).origin,
    shopping: () => goShopping(gateway),
    urlOf: (service) => new RegExp(`^${service} {2}(http\\S+)$`, 'm').exec(start.output())?.[1] ?? '',
    async stop() {
      process.kill(start.pid, 'SIGTERM')
      await start.ended
      start.cleanUp()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
