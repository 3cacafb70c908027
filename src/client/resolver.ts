/** Resolver: where a service is. `discovery/` will bring registries; the embedded default reads the environment. */

export interface Resolver {
  /** Base URL of the service, such as `http://127.0.0.1:20417`. @throws ServiceError `SERVICE_UNKNOWN`. */
  resolve(service: string): string | Promise<string>
}
