/** A real browser, and pages that note whatever goes wrong while they are looked at. */
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** For one step; a machine that does several things at once is slow. */
const patienceMs = 45_000
const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome']

/** Where the browser is; CHROMIUM names another place. Undefined where there is none. */
export function browserPath(): string | undefined {
  return [process.env.CHROMIUM ?? '', ...places].find((path) => path !== '' && existsSync(path))
}

export async function openBrowser(): Promise<Browser> {
  const executablePath = browserPath()
  if (executablePath === undefined) throw new Error('There is no chromium here; CHROMIUM may name it.')
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors on the console, exceptions, and requests to anybody but the dashboard, since the last time. */
  problems(): string[]
}

export interface VisitOptions {
  /** Of the dashboard. */
  readonly origin: string
  readonly scheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

export async function openVisit(
  browser: Browser,
  { origin, scheme = 'dark', width = 1360, height = 860 }: VisitOptions,
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  let problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`${page.url()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.stack ?? error.message}`))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) problems.push(`${page.url()} asked ${request.url()}`)
  })
  return {
    context,
    page,
    problems() {
      const noted = problems
      problems = []
      return noted
    },
  }
}

const folder = process.env.GENEVER_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'genever-screenshots-'))

/** Kept in the folder that GENEVER_SCREENSHOTS names, or in a new one below the system's for temporary files. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
}

export function screenshotFolder(): string {
  return folder
}
