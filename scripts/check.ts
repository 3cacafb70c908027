/** `npm run check`: format, types, lint, architecture; everything that can be judged without running the product. */
import { run } from './support/run.ts'

const startedMs = performance.now()
const results = await Promise.all([
  run('format and lint', 'biome', ['check', '.']),
  run('types of sources', 'tsc', ['-p', 'tsconfig.src.json', '--noEmit']),
  run('types of everything', 'tsc', ['--noEmit']),
  run('types of the dashboard’s app', 'tsc', ['-p', 'dashboard-ui', '--noEmit']),
  run('architecture and surface', 'node', ['--test', 'tests/architecture.test.ts', 'tests/surface.test.ts']),
])
console.log(`check took ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
process.exitCode = results.every((ok) => ok) ? 0 : 1
