/**
 * A file as a sink, replaced when it is large or old: for machines without a collector that reads standard output.
 *
 * As with standard output lines that come close together are written together, a full disk is tried again, and
 * when the process ends everything is written. Several processes may share the file.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { type LogFileOptions, openLogFile } from '../../platform/log-file.ts'
import type { LogSink } from '../log-sink.ts'
import { stdoutSink } from './stdout.ts'

export interface FileSinkOptions extends LogFileOptions {
  readonly clock?: Clock
  /** Bytes that may wait while the disk is full; default 16 MiB. */
  readonly maxQueuedBytes?: number
}

/** @throws the system's error with its `code`, such as `EACCES`, if the file cannot be opened. */
export function fileSink({ clock, maxQueuedBytes, ...file }: FileSinkOptions): LogSink {
  return stdoutSink({
    output: openLogFile(file),
    ...(clock !== undefined && { clock }),
    ...(maxQueuedBytes !== undefined && { maxQueuedBytes }),
  })
}
