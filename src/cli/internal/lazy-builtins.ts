/**
 * LazyBuiltins: the runtime's own modules are loaded by the module that uses them, when that is first evaluated.
 *
 *   import { connect } from 'node:tls'  ──▶  var m = process.getBuiltinModule('node:tls'), connect = m.connect
 *
 * An import declaration cannot stay inside of a module that is bundled to be evaluated later: it would be hoisted to the
 * top of the bundle, and a service would load `node:http` and `node:tls` at every start for code that it may never run.
 */
import type { Plugin, PluginBuild } from 'esbuild'

/** Names that the sources import and this runtime's module does not have, as another runtime's may. */
export type FurtherNames = ReadonlyMap<string, ReadonlySet<string>>

/** Those that Node.js knows without `node:`, which every later one has. Bun counts packages among its own, such as ws. */
const bareName =
  /^(?:assert|async_hooks|buffer|child_process|cluster|console|constants|crypto|dgram|diagnostics_channel|dns|domain|events|fs|http|http2|https|inspector|module|net|os|path|perf_hooks|process|punycode|querystring|readline|repl|stream|string_decoder|sys|timers|tls|trace_events|tty|url|util|v8|vm|wasi|worker_threads|zlib)(?:\/(?:strict|promises|posix|win32|consumers|web|types))?$/

export function lazyBuiltins(furtherNames: FurtherNames): Plugin {
  return {
    name: 'genever-lazy-builtins',
    setup(build: PluginBuild) {
      for (const filter of [/^node:/, bareName]) {
        build.onResolve({ filter }, ({ path, kind }) => ({
          path: path.startsWith('node:') ? path : `node:${path}`,
          namespace: kind === 'require-call' ? 'genever-required' : 'genever-builtin',
        }))
      }
      build.onLoad({ filter: /^/, namespace: 'genever-required' }, ({ path }) => ({
        contents: `module.exports = ${loading(path)}`,
      }))
      build.onLoad({ filter: /^/, namespace: 'genever-builtin' }, ({ path }) => ({
        contents: moduleText(path, furtherNames.get(path) ?? new Set()),
      }))
    },
  }
}

/** Only the names that are used stay in the bundle, so it does not depend on which runtime made it. */
function moduleText(path: string, further: ReadonlySet<string>): string {
  const known = Object.keys(Object(process.getBuiltinModule(path)))
  const names = [...new Set([...known, ...further])].filter(
    (name) => name !== 'default' && /^[A-Za-z_$][\w$]*$/.test(name),
  )
  const exports = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})()`)
  return [`const builtin = /* @__PURE__ */ ${loading(path)}`, 'export default builtin', ...exports].join('\n')
}

function loading(path: string): string {
  return `process.getBuiltinModule(${JSON.stringify(path)})`
}

/** Which names esbuild missed in a built-in module, from its messages; undefined if it found all. */
export function missedNames(messages: readonly { readonly text: string }[]): [module: string, name: string][] {
  return messages.flatMap(({ text }) => {
    const strict = /^No matching export in "genever-builtin:([^"]+)" for import "([^"]+)"/.exec(text)
    const loose =
      /^Import "([^"]+)" will always be undefined because there is no matching export in "genever-builtin:([^"]+)"/.exec(
        text,
      )
    if (strict !== null) return [[strict[1] ?? '', strict[2] ?? '']]
    return loose === null ? [] : [[loose[2] ?? '', loose[1] ?? '']]
  })
}
