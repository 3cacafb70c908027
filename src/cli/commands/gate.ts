/** `genever gate`: what a release must pass; each gate is a command of its own below it. */
import type { Command } from 'commander'
import { gateTelemetry } from '../telemetry-gate/gate-telemetry.ts'

export function configure(command: Command): void {
  command.addCommand(gateTelemetry())
}
