import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type BuiltApp, buildDashboard } from './build.ts'

describe('the built dashboard', () => {
  let app: BuiltApp
  before(async () => {
    app = await buildDashboard()
  })
  const textOf = (path: string): string =>
    new TextDecoder().decode(app.files.find((file) => file.path === path)?.contents ?? new Uint8Array())

  it('loads at most 100 kB, compressed, before the first page shows', () => {
    const sizes = app.firstLoad.map((path) => ({ path, bytes: gzipSync(textOf(path)).length }))
    const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0)
    assert.ok(bytes > 10_000, `${bytes} bytes cannot be the whole app`)
    assert.ok(bytes <= 100_000, `${bytes} bytes: ${JSON.stringify(sizes)}`)
  })

  it('keeps the drawing libraries out of the first load', () => {
    const first = app.firstLoad
      .filter((path) => path.endsWith('.js'))
      .map(textOf)
      .join('\n')
    const all = app.files
      .filter(({ path }) => path.endsWith('.js'))
      .map(({ path }) => textOf(path))
      .join('\n')
    // A class that only uPlot makes, and an algorithm that only dagre names.
    for (const mark of ['u-over', 'network-simplex']) {
      assert.ok(all.includes(mark), `${mark} is nowhere`)
      assert.ok(!first.includes(mark), `${mark} is in the first load`)
    }
  })

  it('names files by their content, and every file that the page names is there', () => {
    const html = textOf('index.html')
    const named = [...html.matchAll(/(?:href|src)="\/([^"]+)"/g)].map(([, path]) => path ?? '')
    assert.ok(named.length >= 3)
    for (const path of named) assert.ok(textOf(path).length > 0, `${path} is missing`)
    for (const { path } of app.files) if (/\.(js|css)$/.test(path)) assert.match(path, /-[0-9A-Z]{8}\.(js|css)$/)
  })

  it('has no inline script or style, and nothing from another host', () => {
    const html = textOf('index.html')
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/)
    assert.doesNotMatch(html, /(href|src)="(https?:)?\/\//)
    const styles = app.files
      .filter(({ path }) => path.endsWith('.css'))
      .map(({ path }) => textOf(path))
      .join('\n')
    assert.doesNotMatch(styles, /url\(["']?(https?:)?\/\/|@import/)
  })

  it('goes with the licence of each package in it', () => {
    const licenses = textOf('licenses.txt')
    for (const name of ['@dagrejs/dagre', 'preact', 'uplot']) assert.ok(licenses.includes(`${name}\n`), name)
    assert.ok(licenses.split('Permission is hereby granted').length > 3)
  })
})
