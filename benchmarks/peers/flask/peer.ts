/** Flask under Gunicorn, in a virtual environment of its own. */
import { join } from 'node:path'
import type { Target } from '../../harness/target.ts'
import { buildOnce } from '../support/build-once.ts'
import { builtIn, peerEnv } from '../support/project.ts'
import { runTool } from '../support/run-tool.ts'

const flask: Target = {
  name: 'flask',
  title: 'Flask 3.1 (Gunicorn)',
  prepare: (cache) => buildOnce({ from: import.meta.dirname, to: builtIn(cache, 'flask'), build: installPackages }),
  command: (cache) => {
    const folder = builtIn(cache, 'flask')
    return [
      join(folder, 'venv/bin/gunicorn'),
      '--config',
      join(folder, 'gunicorn.conf.py'),
      '--chdir',
      folder,
      'app:app',
    ]
  },
  env: peerEnv,
  // Flask runs its view functions one after the other in a thread: nothing of it waits.
  without: ['g'],
}

async function installPackages(folder: string): Promise<void> {
  await runTool('python3', ['-m', 'venv', 'venv'], { cwd: folder })
  await runTool('venv/bin/pip', ['install', '--quiet', '--no-deps', '-r', 'requirements.txt'], { cwd: folder })
}

export const targets: readonly Target[] = [flask]
