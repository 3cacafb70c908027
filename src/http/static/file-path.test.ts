import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileSegments } from './file-path.ts'

describe('fileSegments', () => {
  const served = [
    { path: '', expected: [], why: 'the folder itself' },
    { path: 'index.html', expected: ['index.html'], why: 'a file' },
    { path: 'css/site.css', expected: ['css', 'site.css'], why: 'a file in a folder' },
    { path: 'docs/', expected: ['docs'], why: 'a folder, asked for by its slash' },
    { path: 'a b/ü.txt', expected: ['a b', 'ü.txt'], why: 'spaces and letters of any script' },
    { path: '.well-known/security.txt', expected: ['.well-known', 'security.txt'], why: 'RFC 8615' },
    { path: 'jquery.min.js', expected: ['jquery.min.js'], why: 'dots inside a name' },
  ]
  for (const { path, expected, why } of served) {
    it(`takes '${path}': ${why}`, () => assert.deepEqual(fileSegments(path, { dotfiles: false }), expected))
  }

  const refused = [
    { path: '..', why: 'up' },
    { path: 'css/../../etc/passwd', why: 'up from inside' },
    { path: '.', why: 'here' },
    { path: 'css/./site.css', why: 'here, inside' },
    { path: '/etc/passwd', why: 'from the root' },
    { path: 'css//site.css', why: 'an empty segment' },
    { path: '..\\..\\secret', why: 'a backslash is a slash to Windows' },
    { path: 'C:/secret', why: 'a drive' },
    { path: 'file.txt::$DATA', why: 'another stream of the file' },
    { path: 'file.txt\0.png', why: 'NUL ends a name in C' },
    { path: 'a\nb', why: 'a control character' },
    { path: 'secret.', why: 'Windows drops the dot' },
    { path: 'secret ', why: 'Windows drops the space' },
    { path: '.env', why: 'a dotfile' },
    { path: '.git/config', why: 'a folder with a dot' },
    { path: 'a/.ssh/id', why: 'a folder with a dot, inside' },
    { path: '\ud800', why: 'no text at all' },
    { path: '/', why: 'nothing but a slash' },
  ]
  for (const { path, why } of refused) {
    it(`refuses ${JSON.stringify(path)}: ${why}`, () => {
      assert.equal(fileSegments(path, { dotfiles: false }), undefined)
    })
  }

  it('serves dotfiles where that was asked for', () => {
    assert.deepEqual(fileSegments('.env', { dotfiles: true }), ['.env'])
    assert.equal(fileSegments('..', { dotfiles: true }), undefined)
  })
})
