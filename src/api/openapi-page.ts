/**
 * A page to read an OpenAPI document with, and to try its operations: one file, nothing from elsewhere.
 *
 *   document ─▶ { html, contentSecurityPolicy }
 *
 * The policy allows the page's own style and program, by their hashes, and requests to the servers of the document; so the
 * page works where nothing else may be loaded, and nothing that a document says can run.
 */
import { createHash } from 'node:crypto'
import { pageScript } from './internal/page-script.ts'
import { pageStyle } from './internal/page-style.ts'
import type { OpenApiDocument } from './openapi.ts'

export interface OpenApiPage {
  readonly html: string
  /** To be sent as `content-security-policy` with it. */
  readonly contentSecurityPolicy: string
}

export function openApiPage(document: OpenApiDocument): OpenApiPage {
  return { html: htmlOf(document), contentSecurityPolicy: policyFor(document) }
}

function htmlOf(document: OpenApiDocument): string {
  const { title, version, description } = document.info
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the operation</a>
<nav aria-label="Operations">
<h1>${escapeHtml(title)}</h1>
<p class="version">${escapeHtml(version)}${description === undefined ? '' : ` · ${escapeHtml(description)}`}</p>
<input id="search" type="search" placeholder="Search  /" aria-label="Search operations" autocomplete="off">
<div id="operations"></div>
</nav>
<main id="main"><noscript>This page needs JavaScript. The document is at openapi.json.</noscript></main>
<script type="application/json" id="document">${escapeJson(document)}</script>
<script>${pageScript}</script>
</body>
</html>
`
}

function policyFor({ servers = [] }: OpenApiDocument): string {
  const origins = servers.map(({ url }) => URL.parse(url)?.origin).filter((origin) => origin !== undefined)
  return [
    "default-src 'none'",
    `style-src '${hashOf(pageStyle)}'`,
    `script-src '${hashOf(pageScript)}'`,
    ["connect-src 'self'", ...new Set(origins)].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** Inside of a script element only `</script` and `<!--` could end it; no `<` is left. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
