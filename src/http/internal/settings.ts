/** Settings: what an app was told, with every default in place, as the stages of a request read it. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { JsonLimits } from '../../schema/json.ts'
import type { ContentCoding } from '../../wire/content-coding.ts'
import type { BodyCodec } from '../binding/body-codec.ts'
import type { HttpContext } from '../context.ts'
import type { CookieSigner } from '../request/cookie-signer.ts'
import type { ProxyTrust } from '../request/forwarding.ts'
import type { InputLimits } from '../request/input-limits.ts'
import type { TrustedPeers } from '../request/trusted-peers.ts'
import type { AnyRequest } from '../request-shape.ts'
import type { Encoder } from '../response/encoded-body.ts'
import type { TemplateEngine } from '../response/template-engine.ts'
import type { HandlerResult } from '../result.ts'
import type { AnyHandler } from '../route.ts'
import type { Router } from '../router/router.ts'
import type { SheddingOptions } from '../shedding.ts'
import type { CompiledRoute } from './compiled-route.ts'

export type ErrorHandler = (error: unknown, c: HttpContext) => HandlerResult<AnyRequest>

export interface Settings {
  readonly errors: 'problem' | 'envelope'
  /** Undefined where everybody comes in at once. */
  readonly shedding: SheddingOptions | undefined
  readonly clock: Clock
  readonly router: Router<CompiledRoute>
  readonly limits: InputLimits
  readonly json: JsonLimits
  /** Formats of bodies besides JSON. */
  readonly codecs: readonly BodyCodec[]
  /** Those of them that answers may be written in. */
  readonly encoders: readonly Encoder[]
  /** Codings that request bodies may be compressed with. */
  readonly requestEncodings: readonly ContentCoding[]
  readonly proxies: ProxyTrust | undefined
  /** Whose headers about priority and tenant are believed. Undefined where it is nobody's. */
  readonly peers: TrustedPeers | undefined
  readonly cookies: CookieSigner | undefined
  readonly templates: TemplateEngine | undefined
  /** Ends what has no end of its own, event streams and WebSockets; each calls its own end. */
  readonly longLived: Set<() => void>
  /** Told of what no layer could see. */
  readonly onFault: ((error: unknown) => void) | undefined
  /** Set by `onError` and `notFound`, until the app answers its first request. */
  onError: ErrorHandler | undefined
  notFound: AnyHandler | undefined
}
