/**
 * `npm run build`: the package as it is published.
 *
 *   src/*.ts ──tsc──▶ dist/*.js + *.d.ts
 *   package.json ───▶ dist/package.json     exports point to the built files; nothing of the workspace is left in it
 *   dashboard-ui ───▶ dist/dashboard/ui/    the browser app, as static files
 *   templates, README, LICENSE, CHANGELOG ──▶ dist/
 *
 * `npm run build -- --pack` also makes the tarball `dist/genever-VERSION.tgz`.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { buildDashboard } from '../dashboard-ui/build.ts'

interface Manifest {
  name: string
  version: string
  description: string
  license: string
  bin: Record<string, string>
  exports: Record<string, string>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, unknown>
}

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(file, `dist/${file}`)
if (existsSync('src/cli/templates')) cpSync('src/cli/templates', 'dist/cli/templates', { recursive: true })
for (const { path, contents } of (await buildDashboard()).files) {
  mkdirSync(dirname(`dist/dashboard/ui/${path}`), { recursive: true })
  writeFileSync(`dist/dashboard/ui/${path}`, contents)
}
const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync('dist/package.json', `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
for (const file of Object.values(manifest.bin)) chmodSync(builtPath(file).replace('./', 'dist/'), 0o755)
if (process.argv.includes('--pack')) {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', '.'], { cwd: 'dist', stdio: 'inherit' })
}

function publishedManifest(source: Manifest): object {
  const { name, version, description, license, dependencies, peerDependencies, peerDependenciesMeta } = source
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=24', bun: '>=1.4' },
    sideEffects: false,
    keywords: ['microservices', 'http', 'framework', 'cloud-native', 'kubernetes', 'bun', 'node'],
    bin: Object.fromEntries(Object.entries(source.bin).map(([command, file]) => [command, builtPath(file)])),
    exports: Object.fromEntries(
      Object.entries(source.exports).map(([subpath, file]) => [subpath, publishedExport(file)]),
    ),
    files: ['**/*.js', '**/*.d.ts', 'cli/templates', 'dashboard/ui', 'CHANGELOG.md'],
    dependencies,
    peerDependencies,
    peerDependenciesMeta,
  }
}

function publishedExport(file: string): string | { types: string; default: string } {
  if (!file.endsWith('.ts')) return file
  const built = builtPath(file)
  return { types: built.replace(/\.js$/, '.d.ts'), default: built }
}

function builtPath(file: string): string {
  return file.replace('./src/', './').replace(/\.ts$/, '.js')
}
