/**
 * Phase: where a service is in its life, and what its probes say there.
 *
 *   starting ──ready()──▶ ready ──drain()──▶ draining ──stop()──▶ stopped
 *                           └ a check of a critical part fails: not ready, still alive
 *
 *               starting  ready  draining  stopped
 *   /livez        200      200      200      503     alive: restarting would not help anything else
 *   /startupz     503      200      200      503     started once, and not gone
 *   /readyz       503      200*     503      503     * unless a critical part is down
 */

export type Phase = 'starting' | 'ready' | 'draining' | 'stopped'

export type Probe = 'livez' | 'readyz' | 'startupz'

/** Whether the probe passes. `isDown` says that a critical part cannot do its work. */
export function passes(probe: Probe, phase: Phase, isDown = false): boolean {
  if (probe === 'livez') return phase !== 'stopped'
  if (probe === 'startupz') return phase === 'ready' || phase === 'draining'
  return phase === 'ready' && !isDown
}

/** What a probe answers: the kubelet reads the status, people read the text. */
export function probeAnswer(probe: Probe, phase: Phase, isDown = false): { status: 200 | 503; body: string } {
  if (passes(probe, phase, isDown)) return { status: 200, body: 'ok\n' }
  return { status: 503, body: `${isDown && phase === 'ready' ? 'a critical part is down' : phase}\n` }
}
