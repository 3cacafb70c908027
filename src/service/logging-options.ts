/** What a service says about its own log, where it does not bring a logger. */
import type { LogSink } from '../telemetry/log-sink.ts'
import type { Mask, MaskOptions } from '../telemetry/masking/mask.ts'
import type { SamplingOptions } from '../telemetry/repeat-sampler.ts'
import type { FileSinkOptions } from '../telemetry/sinks/file.ts'

export interface LoggingOptions {
  /** Data that is hidden by its place or its kind; default none but secrets. */
  readonly mask?: MaskOptions
  /** Leaves out most of the lines that repeat; default none. */
  readonly sampling?: SamplingOptions
  /** Writes to a file that is replaced when it is large or old; default standard output. `LOG_FILE` wins over its path. */
  readonly file?: FileSinkOptions
}

/** The same, ready to be used. */
export interface LoggingParts {
  readonly mask?: Mask
  readonly sampling?: SamplingOptions
  readonly sink?: LogSink
}

/** Loads what is asked for and nothing else. @throws ServiceError `BAD_MASK`; the system's error for a file. */
export async function openLogging(options: LoggingOptions, path?: string): Promise<LoggingParts> {
  const { mask, sampling, file } = options
  const target = path === undefined ? file : { ...file, path }
  const [masks, files] = await Promise.all([
    mask === undefined ? undefined : import('../telemetry/masking/mask.ts'),
    target === undefined ? undefined : import('../telemetry/sinks/file.ts'),
  ])
  return {
    ...(masks !== undefined && mask !== undefined && { mask: masks.createMask(mask) }),
    ...(sampling !== undefined && { sampling }),
    ...(files !== undefined && target !== undefined && { sink: files.fileSink(target) }),
  }
}
