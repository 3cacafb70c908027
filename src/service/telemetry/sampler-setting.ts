/**
 * The sampler that the environment or the options ask for.
 *
 *   OTEL_TRACES_SAMPLER       always_on · always_off · traceidratio · rate_limited, or one of them behind parentbased_;
 *                             default parentbased_always_on
 *   OTEL_TRACES_SAMPLER_ARG   the ratio, from 0 to 1; for rate_limited, a word of ours, the traces in a second
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Environment } from '../../platform/environment.ts'
import {
  allOf,
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  type Sampler,
  traceIdRatio,
} from '../../telemetry/sampler.ts'
import type { TracesOptions } from './telemetry-options.ts'

export interface SamplerSettings {
  readonly traces: Pick<TracesOptions, 'ratio' | 'perSecond' | 'followCaller'>
  readonly env: Environment
  readonly clock: Clock
  /** Told of what is not understood. */
  readonly tell: (problem: string) => void
}

export function samplerFrom({ traces, env, clock, tell }: SamplerSettings): Sampler {
  const { OTEL_TRACES_SAMPLER: name = '', OTEL_TRACES_SAMPLER_ARG: argument = '' } = env
  if (name === '') return givenSampler(traces, clock)
  const isParentBased = name.startsWith('parentbased_')
  const root = rootSampler(isParentBased ? name.slice('parentbased_'.length) : name, argument, { clock, tell })
  if (root !== undefined) return isParentBased ? parentBased(root) : root
  tell(`OTEL_TRACES_SAMPLER '${name.slice(0, 32)}' is not known; parentbased_always_on is used`)
  return parentBased(alwaysOn)
}

function givenSampler({ ratio = 1, perSecond, followCaller = true }: SamplerSettings['traces'], clock: Clock): Sampler {
  const share = traceIdRatio(ratio)
  const own = perSecond === undefined ? share : allOf(share, rateLimited(perSecond, clock))
  return followCaller ? parentBased(own) : own
}

function rootSampler(
  name: string,
  argument: string,
  { clock, tell }: Pick<SamplerSettings, 'clock' | 'tell'>,
): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return alwaysOn
    case 'always_off':
      return alwaysOff
    case 'traceidratio':
      return traceIdRatio(numberFrom(argument, { most: 1, otherwise: 1 }, tell))
    case 'rate_limited':
      return rateLimited(numberFrom(argument, { most: 1e6, otherwise: 100 }, tell), clock)
    default:
      return undefined
  }
}

function numberFrom(
  text: string,
  { most, otherwise }: { most: number; otherwise: number },
  tell: (problem: string) => void,
): number {
  if (text === '') return otherwise
  const value = Number(text)
  if (value >= 0 && value <= most) return value
  tell(`OTEL_TRACES_SAMPLER_ARG is no number from 0 to ${most}; ${otherwise} is used`)
  return otherwise
}
