/** Runs the generator: one process on its own core, one line of JSON. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { pinned } from './running-server.ts'

export interface LoadRequest {
  readonly program: string
  readonly core: number | undefined
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Requests due in a second; 0 is the closed loop. */
  readonly rate: number
  readonly plan: string
}

export interface LoadAnswer {
  readonly seconds: number
  readonly answered: number
  readonly wrong: number
  readonly dropped: number
  readonly late: number
  readonly firstWrong: string
  readonly latencies: readonly (readonly [number, number])[]
}

/** Rejects when an answer was wrong, or when nothing was answered. */
export async function runLoad(request: LoadRequest): Promise<LoadAnswer> {
  const { program, core, port, connections, seconds, rate, plan } = request
  const args = [program, port, connections, seconds, rate, plan].map(String)
  const { output } = await runProgram(pinned(args, core), (seconds + 30) * 1_000)
  const answer = JSON.parse(output) as LoadAnswer
  if (answer.wrong > 0) throw new Error(`${answer.wrong} wrong answers, the first: ${answer.firstWrong}`)
  if (answer.answered === 0) throw new Error('nothing was answered')
  return answer
}

/** Resolves with what it printed; rejects with what it complained about. */
export function runProgram(
  [command = '', ...args]: readonly string[],
  timeoutMs: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, env })
    let output = ''
    let complaint = ''
    child.stdout.on('data', (piece: Buffer) => {
      output += piece.toString()
    })
    child.stderr.on('data', (piece: Buffer) => {
      complaint += piece.toString()
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ output })
      else reject(new Error(complaint.trim() || `${command} ended with ${code ?? signal}`))
    })
  })
}

export interface HeldConnections {
  readonly opened: number
  /** Why there are not more; empty when all are open. */
  readonly stopped: string
  /** Lets them go; resolves with how many the server had closed meanwhile. */
  release(): Promise<number>
}

/** Opens idle keep-alive connections and holds them until they are released. */
export async function holdConnections(command: readonly string[]): Promise<HeldConnections> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the program that holds connections ended early')
    return JSON.parse(String(value)) as T
  }
  const { opened, stopped } = await next<{ opened: number; stopped: string }>()
  const release = async () => {
    child.stdin.end()
    return (await next<{ closed: number }>()).closed
  }
  return { opened, stopped, release }
}
