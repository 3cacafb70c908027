/** The bundler: esbuild, loaded when it is first needed, and its failures in our words. */
import { relative } from 'node:path'
import type * as esbuild from 'esbuild'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { workingFolder } from '../../platform/environment.ts'

export type Bundler = typeof esbuild

/** @throws ServiceError `BUNDLER_NOT_INSTALLED` */
export async function loadBundler(): Promise<Bundler> {
  try {
    return await import('esbuild')
  } catch (cause) {
    throw new ServiceError(
      'BUNDLER_NOT_INSTALLED',
      'Services are bundled by the package esbuild, which is not installed: npm install --save-dev esbuild.',
      { cause },
    )
  }
}

/** What stands in the way of a bundle, each with its place. */
export function bundleFailed(entry: string, error: unknown): ServiceError {
  const messages = isBuildFailure(error) ? error.errors.map(messageText) : [String(error)]
  return new ServiceError('BUNDLE_FAILED', `Cannot bundle ${entry}:\n  ${messages.join('\n  ')}`)
}

export function isBuildFailure(error: unknown): error is esbuild.BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

function messageText({ text, location }: esbuild.Message): string {
  const place = location === null ? '' : `${location.file}:${location.line}:${location.column + 1}: `
  return place + text + hintFor(text)
}

function hintFor(text: string): string {
  const name = /^Could not resolve "([^"]+)"/.exec(text)?.[1]
  if (name === undefined) return ''
  if (/^[./]/.test(name)) return '; there is no such file'
  return `; install it (npm install ${name}), or leave it out of the bundle by --external ${name}`
}

/** A path as people read it: from where they stand. */
export function shownPath(path: string): string {
  const shown = relative(workingFolder(), path)
  return shown.startsWith('..') ? path : shown
}
