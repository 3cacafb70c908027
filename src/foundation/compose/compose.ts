/**
 * The onion: layers around a core, written once and used for requests, outgoing calls, messages and reconciles.
 *
 *   a ─▶ b ─▶ core
 *   a ◀─ b ◀───┘        each layer decides whether, when and how often¹ the inside runs
 *
 * ¹ at most once: a second `next()` is a bug in the layer and throws. Policies that must call again, such as retry,
 *   are not layers of this kind; they wrap a call.
 *
 * Nothing here makes a promise. A chain of synchronous layers around a synchronous core returns its value directly.
 */
import { ServiceError } from '../errors/service-error.ts'

/** Goes one layer inwards and gives back what came out of there. */
export type Next<R> = () => R

/** One layer. It returns the inside's result, another one, or a promise of either, if `R` allows promises. */
export type Layer<C, R> = (context: C, next: Next<R>) => R

/** What remains once the layers are put together. */
export type Core<C, R> = (context: C) => R

/**
 * Puts `layers` around `core`, the first one outermost.
 *
 * @throws ServiceError `NEXT_CALLED_TWICE` from a layer's second `next()`.
 */
export function compose<C, R>(layers: readonly Layer<C, R>[], core: Core<C, R>): Core<C, R> {
  let inside = core
  for (let i = layers.length - 1; i >= 0; i--) inside = wrap(layers[i] as Layer<C, R>, inside)
  return inside
}

function wrap<C, R>(layer: Layer<C, R>, inside: Core<C, R>): Core<C, R> {
  return (context) => {
    let isOpen = true
    return layer(context, () => {
      if (!isOpen) throw nextCalledTwice(layer.name)
      isOpen = false
      return inside(context)
    })
  }
}

/** What a layer's second `next()` is met with. */
export function nextCalledTwice(layerName: string): ServiceError {
  const layer = layerName === '' ? 'A middleware' : `Middleware '${layerName}'`
  return new ServiceError(
    'NEXT_CALLED_TWICE',
    `${layer} called next() twice; call it at most once and return its result.`,
  )
}
