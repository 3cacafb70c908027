/** TemplateEngine: what renders pages. A library does it; this is all that is asked of one. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Settings } from '../internal/settings.ts'

export interface TemplateEngine {
  /** The page called `name` for these values, as HTML. The engine escapes what it puts in. */
  render(name: string, data: object): string | Promise<string>
}

export function renderTemplate({ templates }: Settings, name: string, data: object): string | Promise<string> {
  if (templates !== undefined) return templates.render(name, data)
  throw new ServiceError('TEMPLATES_MISSING', 'c.render() needs a template engine: createApp({ templates }).')
}
