/** What is promised outside agrees with what is inside, both ways: folders, exports, pages, examples, error codes, links. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { filesBelow, projectRoot, readSource, shippedSources } from './support/source-tree.ts'

/** The command line is a program, not a subpath. */
const withoutSubpath = new Set(['cli'])
/** Pages and examples that are about more than one folder. */
const generalPages = new Set(['errors', 'runtimes', 'engines', 'http1-conformance'])
const generalExamples = new Set(['01-hello', 'echo', 'shop'])

const folders = foldersOf('src')
const manifest: { exports: Record<string, string> } = JSON.parse(readSource('package.json'))

describe('every folder of src/', () => {
  for (const folder of folders) {
    it(`${folder} has a window, a subpath, a page and an example`, () => {
      assert.ok(existsSync(join(projectRoot, 'src', folder, 'index.ts')), `src/${folder}/index.ts is missing`)
      if (!withoutSubpath.has(folder)) assert.equal(manifest.exports[`./${folder}`], `./src/${folder}/index.ts`)
      assert.ok(pages().includes(folder), `docs/reference/${folder}.md is missing`)
      assert.ok(
        examples().some((example) => wordOf(example) === folder),
        `examples/NN-${folder}/ is missing`,
      )
    })
  }
})

describe('nothing outside speaks of what is not inside', () => {
  it('subpaths', () => {
    const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== '.' && subpath !== './package.json')
    assert.deepEqual(
      subpaths.filter((subpath) => !folders.includes(subpath.slice(2))),
      [],
    )
  })

  it('pages', () => {
    assert.deepEqual(
      pages().filter((page) => !folders.includes(page) && !generalPages.has(page)),
      [],
    )
  })

  it('examples', () => {
    const strangers = examples().filter((name) => !generalExamples.has(name) && !folders.includes(wordOf(name)))
    assert.deepEqual(strangers, [])
  })

  it('links between documents', () => {
    const documents = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      ...filesBelow('docs', ['.md']),
    ]
    const broken = documents.flatMap((document) =>
      [...readSource(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target]) => join(dirname(document), target ?? ''))
        .filter((target) => !existsSync(join(projectRoot, target)))
        .map((target) => `${document} → ${target}`),
    )
    assert.deepEqual(broken, [])
  })
})

describe('error codes', () => {
  const documented = [...readSource('docs/reference/errors.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \|/gm)].map(
    ([, code]) => code,
  )

  it('are each documented once', () => {
    assert.deepEqual(
      documented.filter((code, at) => documented.indexOf(code) !== at),
      [],
    )
  })

  it('are documented if they are thrown, and thrown if they are documented', () => {
    const thrown = new Set(shippedSources().flatMap((path) => codesIn(readSource(path))))
    assert.deepEqual([...thrown].filter((code) => !documented.includes(code)).sort(), [])
    assert.deepEqual(documented.filter((code) => !thrown.has(code ?? '')).sort(), [])
  })
})

/** Codes stand as the first argument of a function named for an error, or under `code`. */
function codesIn(text: string): string[] {
  const calls = text.matchAll(
    /\b(?:\w*[eE]rror|\w*[fF]ailure|fail|refuse|reject\w*)\(\s*(?:\d{3},\s*)?'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g,
  )
  const fields = text.matchAll(/\bcode: '([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g)
  return [...calls, ...fields].map(([, code]) => code ?? '')
}

function foldersOf(path: string): string[] {
  return readdirSync(join(projectRoot, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function pages(): string[] {
  return filesBelow('docs/reference', ['.md']).map((path) => path.slice('docs/reference/'.length, -'.md'.length))
}

function examples(): string[] {
  return foldersOf('examples')
}

function wordOf(example: string): string {
  return example.replace(/^\d\d-/, '')
}
