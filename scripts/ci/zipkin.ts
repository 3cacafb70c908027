/** Fetches the Zipkin server that tests talk to, by Maven and with its settings: from wherever this machine gets its artifacts. */
import { existsSync } from 'node:fs'
import { run } from '../support/run.ts'
import { zipkinArtifact, zipkinFolder, zipkinJar } from '../systems/zipkin.ts'

const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
const args = [
  '--batch-mode',
  '--no-transfer-progress',
  goal,
  `-Dartifact=${zipkinArtifact}`,
  `-DoutputDirectory=${zipkinFolder}`,
]
if (!existsSync(zipkinJar) && !(await run('fetch Zipkin', 'mvn', args))) process.exitCode = 1
