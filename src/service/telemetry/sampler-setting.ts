/**
 * The sampler that the environment or the options ask for.
 *
 *   OTEL_TRACES_SAMPLER       always_on · always_off · traceidratio · parentbased_always_on (default) · …_off · …_traceidratio
 *   OTEL_TRACES_SAMPLER_ARG   the ratio, from 0 to 1
 */
import type { Environment } from '../../platform/environment.ts'
import { alwaysOff, alwaysOn, parentBased, type Sampler, traceIdRatio } from '../../telemetry/sampler.ts'
import type { TracesOptions } from './telemetry-options.ts'

export function samplerFrom(
  { ratio = 1 }: Pick<TracesOptions, 'ratio'>,
  env: Environment,
  tell: (problem: string) => void,
): Sampler {
  const { OTEL_TRACES_SAMPLER: name = '', OTEL_TRACES_SAMPLER_ARG: argument = '' } = env
  if (name === '') return parentBased(traceIdRatio(ratio))
  const isParentBased = name.startsWith('parentbased_')
  const root = rootSampler(isParentBased ? name.slice('parentbased_'.length) : name, () => ratioFrom(argument, tell))
  if (root !== undefined) return isParentBased ? parentBased(root) : root
  tell(`OTEL_TRACES_SAMPLER '${name.slice(0, 32)}' is not known; parentbased_always_on is used`)
  return parentBased(alwaysOn)
}

function rootSampler(name: string, ratio: () => number): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return alwaysOn
    case 'always_off':
      return alwaysOff
    case 'traceidratio':
      return traceIdRatio(ratio())
    default:
      return undefined
  }
}

function ratioFrom(text: string, tell: (problem: string) => void): number {
  const ratio = text === '' ? 1 : Number(text)
  if (ratio >= 0 && ratio <= 1) return ratio
  tell('OTEL_TRACES_SAMPLER_ARG is no share from 0 to 1; 1 is used')
  return 1
}
