/** What a router does with a request that no pattern fits as it stands, and how it reads a path. */

export interface RouterOptions {
  /** Defaults for everything below: `gin` takes those of Gin 1.12, and its rules for conflicts. Default: ours. */
  preset?: 'gin'
  /** `/users/` leads to `/users` and the other way round, where only the other one is there. Default true. */
  redirectTrailingSlash?: boolean
  /**
   * Looks once more without regard to case, doubled slashes and dot segments, and redirects to what it finds. Default
   * false: it makes two addresses of one, and answers differently from a cache in front that tells them apart.
   */
  redirectFixedPath?: boolean
  /** Answers 405 with `Allow` where the path is there for other methods; else it is 404. Default true; Gin: false. */
  methodNotAllowed?: boolean
  /** Answers HEAD by the handler of GET where there is none for HEAD. Default true; Gin: false. */
  autoHead?: boolean
  /** Answers OPTIONS with `Allow` where there is no handler for it. Default true; Gin: false. */
  autoOptions?: boolean
  /**
   * Matches the path as it was sent, escapes and all, instead of decoded. `/%61` then is not `/a`, and nothing in the
   * path can be refused as malformed. Default false.
   */
  useRawPath?: boolean
  /** Decodes the values of parameters. Without `useRawPath` they always are. Default true. */
  unescapePathValues?: boolean
  /**
   * What `%2F` is: `text` inside of a segment, so that a value may hold a slash; or a `separator` like a plain one, so
   * that who checks paths in front of us must decode as we do. Without effect under `useRawPath`. Default `text`;
   * Gin: `separator`.
   */
  encodedSlash?: 'text' | 'separator'
  /** Takes several slashes in a row for one when matching. Default false. */
  removeExtraSlash?: boolean
  /** What the value of a catch-all begins with: `a/b` or, with `slash`, `/a/b`. Default `text`; Gin: `slash`. */
  catchAllValue?: 'text' | 'slash'
}

/** All switches set, the preset resolved. */
export interface RouterRules extends Required<Omit<RouterOptions, 'preset'>> {
  /** Gin's rules for conflicts, empty parameters, redirects that go before wildcards, and `+` in decoded values. */
  readonly gin: boolean
}

const ours: RouterRules = {
  gin: false,
  redirectTrailingSlash: true,
  redirectFixedPath: false,
  methodNotAllowed: true,
  autoHead: true,
  autoOptions: true,
  useRawPath: false,
  unescapePathValues: true,
  encodedSlash: 'text',
  removeExtraSlash: false,
  catchAllValue: 'text',
}

const gins: RouterRules = {
  gin: true,
  redirectTrailingSlash: true,
  redirectFixedPath: false,
  methodNotAllowed: false,
  autoHead: false,
  autoOptions: false,
  useRawPath: false,
  unescapePathValues: true,
  encodedSlash: 'separator',
  removeExtraSlash: false,
  catchAllValue: 'slash',
}

export function routerRules({ preset, ...options }: RouterOptions = {}): RouterRules {
  return { ...(preset === 'gin' ? gins : ours), ...options }
}
