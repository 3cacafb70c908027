/** Builds the OpenTelemetry collector that tests talk to, with Go and from wherever this machine gets its modules. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { run } from '../support/run.ts'
import { collectorProgram, collectorSource } from '../systems/otel-collector.ts'

mkdirSync(dirname(collectorProgram), { recursive: true })
const args = ['build', '-C', collectorSource, '-trimpath', '-ldflags=-s -w', '-o', collectorProgram, '.']
if (!existsSync(collectorProgram) && !(await run('build the OpenTelemetry collector', 'go', args))) process.exitCode = 1
