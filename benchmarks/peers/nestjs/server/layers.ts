/** (e) are middleware, (g) interceptors: Nest's onion, which waits for the handler. */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common'
import { finalize, type Observable } from 'rxjs'

export let depth = 0

export function layer(_request: unknown, _response: unknown, next: () => void): void {
  depth++
  next()
  depth--
}

@Injectable()
export class AsyncLayer implements NestInterceptor {
  async intercept(_context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    depth++
    return next.handle().pipe(
      finalize(() => {
        depth--
      }),
    )
  }
}
