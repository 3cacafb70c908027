/** Launching workers: the same program again, told by its environment that it is a worker. */
import { processEnvironment } from '../../platform/environment.ts'
import { ownCommand } from '../../platform/own-command.ts'
import { spawnProcess } from '../../platform/processes.ts'
import type { FromWorker, ToWorker } from './worker-message.ts'
import type { LaunchWorker } from './worker-process.ts'
import { workerVariables } from './worker-role.ts'

/** The child gets what it inherits from 3 on, behind its three standard streams. */
const firstInherited = 3

/** @param listenFd The listening socket that the workers share; undefined where each binds the port for itself. */
export function workerLauncher(listenFd: number | undefined): LaunchWorker {
  return async (id, events) => {
    const { command, args } = ownCommand()
    const isShared = listenFd !== undefined
    const child = await spawnProcess({
      command,
      args,
      env: { ...processEnvironment, ...workerVariables({ id, fd: isShared ? firstInherited : undefined }) },
      onMessage: (message) => events.message(message as FromWorker),
      ...(isShared && { inherit: [listenFd] }),
    })
    void child.exited.then((exit) => events.exit(exit))
    return {
      pid: child.pid,
      send: (message: ToWorker) => void child.send(message),
      kill: () => child.kill('SIGKILL'),
    }
  }
}
