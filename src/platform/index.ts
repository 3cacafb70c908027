/**
 * Platform: what a runtime gives, behind one interface. The only folder that may name an API of Bun or Node.js; whatever
 * differs between them lies in `bun/` and `node/`, loaded at the first use.
 *
 *   listen, connect    ──▶ Socket: open ─ data* ─ peerEnd ─ close, over TCP, TLS and Unix sockets
 *   reserveListener    ──▶ one accept queue ──inherited by──▶ worker processes
 *   spawnProcess       ──▶ lines, messages, exit ◀──▶ sendToParent, onParentMessage, onParentGone
 *   startThread        ──▶ messages ◀──▶ parentThread
 *   onSignal, machine, environment …   what the system says
 *   openFile, writeFileAtomically, watchFile …   what the disk holds
 *   openSql            ──▶ SQLite in this process
 */
export { type ConnectOptions, connect } from './connect.ts'
export { commandLine, type Environment, mainFile, processEnvironment, workingFolder } from './environment.ts'
export { type FileWatchOptions, watchFile } from './file-watch.ts'
export {
  makeTemporaryFolder,
  type PathFacts,
  pathFacts,
  readBytes,
  realPath,
  type TemporaryFolder,
  writeFileAtomically,
} from './files.ts'
export { type FolderWatchOptions, watchFolder } from './folder-watch.ts'
export { listFiles, listFolder, makeFolder, pathExists } from './folders.ts'
export { LineSplitter, type LineSplitterOptions } from './lines.ts'
export { type Listener, type ListenOptions, listen } from './listen.ts'
export { type LogOutput, openLogOutput } from './log-output.ts'
export { type Machine, type MachineOptions, machine, type ReadText } from './machine.ts'
export { type FileRange, type OpenFile, openFile } from './open-file.ts'
export { leaveParent, onParentGone, onParentMessage, sendToParent } from './parent-process.ts'
export { type HeapSize, type ProcessInfo, processInfo } from './process-info.ts'
export { type ProcessUsage, processUsage } from './process-usage.ts'
export { type ProcessExit, type ProcessOptions, type RunningProcess, spawnProcess } from './processes.ts'
export { canInheritListener, type ReservedListener, type ReserveOptions, reserveListener } from './reserve-listener.ts'
export { type RuntimeName, runtimeName, runtimeVersion } from './runtime.ts'
export { currentRuntimeCommand, type RuntimeCommand, runtimeCommand } from './runtime-command.ts'
export { exitProcess, onSignal, onUncaught, type SignalName } from './signals.ts'
export { preferSmallHeap } from './small-heap.ts'
export type { PeerCertificate, Socket, SocketHandlers, SocketPeer, TlsPeer } from './socket.ts'
export {
  openSql,
  type SqlChange,
  type SqlColumn,
  type SqlDatabase,
  type SqlOptions,
  type SqlParameters,
  type SqlRow,
  type SqlStatement,
  type SqlValue,
} from './sql.ts'
export { readTextFile, removeFile, writeTextFile } from './text-file.ts'
export {
  type ParentThread,
  parentThread,
  startThread,
  type Thread,
  type ThreadEnd,
  type ThreadOptions,
} from './threads.ts'
export type { ClientCertificates, TlsClientOptions, TlsIdentity, TlsServerOptions } from './tls.ts'
