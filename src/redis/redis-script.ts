/** RedisScript: a Lua script that is sent once and then called by its digest. */
import { builtinModule } from '../platform/builtin-module.ts'

export class RedisScript {
  readonly lua: string
  #digest: string | undefined

  /** Use `redisScript()`. */
  constructor(lua: string) {
    this.lua = lua
  }

  /** SHA-1 in hex, as EVALSHA wants it; computed on first use. */
  get digest(): string {
    this.#digest ??= builtinModule('node:crypto').createHash('sha1').update(this.lua).digest('hex')
    return this.#digest
  }
}

/** Declare it once, outside of functions. It reads its keys from `KEYS` and its arguments from `ARGV`. */
export function redisScript(lua: string): RedisScript {
  return new RedisScript(lua.trim())
}
