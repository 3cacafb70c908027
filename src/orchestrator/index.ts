/**
 * Orchestrator: the services of a workspace as processes on this machine.
 *
 *   genever.json ─▶ workspace ─▶ start-order ─▶ placement (ports, addresses) ─▶ one service-runner each
 *                                                    launch ─▶ readiness ─▶ ready
 *                                      exit ─▶ restart-delay ─┘    ▲
 *                              a source changes ─▶ source-watch ───┘
 *   every line and every change of state ─▶ events ─▶ terminal-lines, dashboards
 */
export type { OrchestratorEvent, ServiceSnapshot, ServiceState, WrittenLine } from './event.ts'
export { type Launch, type LaunchedProcess, type LaunchOptions, launchWith } from './launch.ts'
export { Orchestrator, type OrchestratorOptions } from './orchestrator.ts'
export type { Probe } from './readiness.ts'
export { type RunWorkspaceOptions, runWorkspace } from './run-workspace.ts'
export { type SourceWatchOptions, watchSources } from './source-watch.ts'
export { stopSignal } from './stop-signal.ts'
export { type TerminalLinesOptions, terminalLines } from './terminal-lines.ts'
export { loadWorkspace, parseWorkspace, type Workspace, type WorkspaceService } from './workspace.ts'
