/** Spring Boot, built into one jar. */
import { join } from 'node:path'
import type { Target } from '../../harness/target.ts'
import { buildOnce } from '../support/build-once.ts'
import { builtIn, peerEnv } from '../support/project.ts'
import { runTool } from '../support/run-tool.ts'

const springBoot: Target = {
  name: 'spring-boot',
  title: 'Spring Boot 4.1',
  prepare: (cache) =>
    buildOnce({
      from: import.meta.dirname,
      to: builtIn(cache, 'spring-boot'),
      build: (cwd) => runTool('mvn', ['--batch-mode', '--no-transfer-progress', '-DskipTests', 'package'], { cwd }),
    }),
  command: (cache) => ['java', '-jar', join(builtIn(cache, 'spring-boot'), 'target/server.jar')],
  env: peerEnv,
  // Filters run in the request's own thread: nothing of them waits.
  without: ['g'],
}

export const targets: readonly Target[] = [springBoot]
