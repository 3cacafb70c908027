/** Resolver: where a service is. `discovery/` will bring registries; the embedded default reads the environment. */

/** Base URLs, such as `http://127.0.0.1:20417`: one, or one for each place where the service answers. */
export type Addresses = string | readonly string[]

export interface Resolver {
  /** Asked again every few seconds while there are calls. @throws ServiceError `SERVICE_UNKNOWN`. */
  resolve(service: string): Addresses | Promise<Addresses>
}
