/** Fetches the Kafka server that tests talk to, by Maven and with its settings: from wherever this machine gets its artifacts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../support/run.ts'
import { kafkaFolder, kafkaMissing, kafkaVersion } from '../systems/kafka.ts'

const dependency = (group: string, artifact: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
/** The server with all that it needs, and what prints its errors. */
const project = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>genever</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
    ${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
  </dependencies>
</project>
`
const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

if (kafkaMissing !== false) {
  mkdirSync(kafkaFolder, { recursive: true })
  const file = join(kafkaFolder, 'pom.xml')
  writeFileSync(file, project)
  const options = ['--batch-mode', '--no-transfer-progress', '--file', file]
  const fetched = await run('fetch Kafka', 'mvn', [
    ...options,
    goal,
    `-DoutputDirectory=${kafkaFolder}`,
    '-DincludeScope=runtime',
  ])
  if (!fetched) process.exitCode = 1
}
