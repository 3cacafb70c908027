/**
 * Enclosed: a bundle as the body of one asynchronous function, the form in which both runtimes take code compiled ahead.
 *
 * Compiled code is kept for scripts and not for modules, and a script knows neither `await` at the top nor `import.meta`:
 * the function gives the one, a value called `geneverMeta` the other.
 */
import { readTextFile } from '../../platform/text-file.ts'
import { loadBundler } from './bundler.ts'

/** The bundle `file` as `(async()=>{…})()`, which reads `geneverMeta` in place of `import.meta`. */
export async function enclosed(file: string): Promise<string> {
  const { transform } = await loadBundler()
  const text = await readTextFile(file)
  const { code } = await transform(text, { define: { 'import.meta': 'geneverMeta' }, minify: true, target: 'node24' })
  return `(async()=>{${withoutExports(code)}\n})()`
}

/** Nobody imports a bundle. */
function withoutExports(code: string): string {
  return code.replace(/export\{[^{}]*\};?\s*$/, '')
}
