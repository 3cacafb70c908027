/** Routing: what the router said about a request. It is costly to make for its offsets, and used for many requests in turn. */
import { RouteMatch } from '../router/route-match.ts'
import type { RouteDecision, RouteRequest, Router } from '../router/router.ts'
import type { CompiledRoute } from './compiled-route.ts'

export class Routing {
  /** Where in the head the parameters lie. */
  readonly match: RouteMatch = new RouteMatch()
  decision: RouteDecision<CompiledRoute> = { kind: 'not-found' }
  /** The route that answers, or the stand-in for what no route fits. */
  route: CompiledRoute
  readonly #fallback: CompiledRoute

  constructor(fallback: CompiledRoute) {
    this.route = fallback
    this.#fallback = fallback
  }

  decide(router: Router<CompiledRoute>, request: RouteRequest): void {
    const decision = router.decide(request, this.match)
    this.decision = decision
    this.route = decision.kind === 'found' ? decision.value : this.#fallback
  }
}
