/** Fetches the RocketMQ that tests talk to, by Maven and with its settings: from wherever this machine gets its artifacts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../support/run.ts'
import { rocketmqFolder, rocketmqMissing, rocketmqVersion } from '../systems/rocketmq.ts'

const dependency = (artifact: string): string =>
  `<dependency><groupId>org.apache.rocketmq</groupId><artifactId>${artifact}</artifactId><version>${rocketmqVersion}</version></dependency>`
/** Both servers with all that they need. */
const project = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>genever</groupId><artifactId>rocketmq-for-tests</artifactId><version>1</version>
  <dependencies>
    ${dependency('rocketmq-namesrv')}
    ${dependency('rocketmq-broker')}
  </dependencies>
</project>
`
const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

if (rocketmqMissing !== false) {
  mkdirSync(rocketmqFolder, { recursive: true })
  const file = join(rocketmqFolder, 'pom.xml')
  writeFileSync(file, project)
  const options = ['--batch-mode', '--no-transfer-progress', '--file', file]
  const fetched = await run('fetch RocketMQ', 'mvn', [
    ...options,
    goal,
    `-DoutputDirectory=${rocketmqFolder}`,
    '-DincludeScope=runtime',
  ])
  if (!fetched) process.exitCode = 1
}
