/** A process of the campaign, which says `here` when it stands at its boundary. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Worker {
  readonly child: ChildProcess
  /** It stands at its boundary, or has ended without coming to it. */
  readonly reached: Promise<void>
  readonly exited: Promise<unknown>
}

export function startWorker(file: string, args: readonly string[]): Worker {
  const child = spawn(process.execPath, [`${import.meta.dirname}/${file}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const here = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'here') resolve()
    })
  })
  return { child, exited, reached: Promise.race([here, exited.then(() => undefined)]) }
}
