/** Where a lookup leaves the parameters it met: offsets into the bytes of the path, no text. One is reused for many lookups. */

/** A pattern with more parameters is refused at registration. */
export const maxRouteParams = 32

export class RouteMatch {
  /** Parameter `i` lies in [offsets[2i], offsets[2i + 1]) of the bytes that were looked up. */
  readonly offsets: Int32Array = new Int32Array(2 * maxRouteParams)
  /** Parameters of the route found; what lies behind them in `offsets` is left over from dead ends. */
  count = 0
}
