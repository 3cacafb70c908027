#!/usr/bin/env node
/** The `genever` command. */
import { runCli } from './cli.ts'

// Whoever reads us may stop early, as `genever routes FILE | head` does; that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: { code?: string }) => {
    if (error.code !== 'EPIPE') throw error
  })
}
process.exitCode = await runCli()
