/**
 * OptionalPackages: what is imported on first use and not installed stays out of the bundle, and is looked for again where
 * the bundle runs, as it is without one.
 */
import { dirname } from 'node:path'
import type { Plugin, PluginBuild } from 'esbuild'

/** Adds the names of the packages that stay out to `left`. */
export function optionalPackages(left: Set<string>): Plugin {
  return {
    name: 'genever-optional-packages',
    setup(build: PluginBuild) {
      build.onResolve({ filter: /^[@a-z]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || pluginData === 'asked') return undefined
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: 'asked' })
        if (found.errors.length === 0) return found
        left.add(path)
        return { path, external: true }
      })
      // Without a bundle the package is loaded by its file, past the stand-in that Bun has for its name; a bundler has none.
      build.onLoad({ filter: /[\\/]wire[\\/]websocket[\\/]import-ws\.[jt]s$/ }, ({ path }) => ({
        contents: "export const importWs = () => import('ws')",
        resolveDir: dirname(path),
      }))
    },
  }
}
