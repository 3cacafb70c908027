/**
 * How a gate ends, for pipelines: 0 pass, 1 fail, 2 no verdict. A command line that is not understood ends with 2 as well: it
 * must not let anything through.
 */
import type { Verdict } from '../../slo/gate.ts'

export const gateCode: Readonly<Record<Verdict, number>> = { pass: 0, fail: 1, undecided: 2 }
