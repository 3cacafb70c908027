/** Schedules in a real browser, beside a real service whose jobs run every second. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Dashboard } from '../../src/dashboard/dashboard.ts'
import type { RunningService } from '../../src/service/running-service.ts'
import { createService } from '../../src/service/service.ts'
import { noopLogger } from '../../src/telemetry/noop-logger.ts'
import { browserPath, openBrowser, openVisit, screenshot, type Visit } from './support/browser.ts'
import { faintTexts } from './support/contrast.ts'
import { workspaceOf } from './support/workspace-of.ts'

describe('schedules in a browser', {
  skip: browserPath() === undefined && 'there is no chromium',
  timeout: 300_000,
}, () => {
  let running: RunningService
  let dashboard: Dashboard
  let browser: Browser
  let visit: Visit
  let page: Page

  before(async () => {
    const service = createService({ name: 'reports' })
    service.schedule('* * * * * *', () => {}, { name: 'sweep' })
    service.schedule('* * * * * *', () => Promise.reject(new Error('no paper')), { name: 'print', overlap: 'queue' })
    service.schedule('0 3 29 2 *', () => {}, { name: 'leap-day', timeZone: 'Europe/Berlin' })
    running = await service.start({ log: noopLogger })
    dashboard = await Dashboard.start({ port: 0, workspace: workspaceOf('reports', running) })
    browser = await openBrowser()
    visit = await openVisit(browser, { origin: dashboard.url })
    page = visit.page
    await page.goto(dashboard.link)
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor()
  })
  after(async () => {
    await browser?.close()
    await dashboard?.stop()
    await running?.stop()
  })
  afterEach(() => assert.deepEqual(visit.problems(), []))

  const row = (name: string) =>
    page.getByRole('table', { name: 'Jobs of reports' }).getByRole('row').filter({ hasText: name })

  it('shows each job with its next tick, its last run and how those before went', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('j')
    await page.getByRole('heading', { level: 1, name: 'Schedules' }).waitFor()
    await row('sweep').getByText(/^done/).waitFor()
    await row('print')
      .getByText(/^failed/)
      .waitFor()
    await row('print')
      .getByRole('img', { name: /^0 of the last \d+ runs ended well$/ })
      .waitFor()
    await row('sweep')
      .getByText(/^(in 1 s|now)$/)
      .first()
      .waitFor()
    await row('leap-day').getByText('Europe/Berlin').waitFor()
    await row('leap-day').getByText('none yet').waitFor()
    await screenshot(page, 'schedules-dark')
  })

  it('opens the runs of one by the keyboard, under an address of their own, and shows the next one by itself', async () => {
    await page.getByRole('link', { name: 'print' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/service=reports&job=print/)
    const runs = page.getByRole('list', { name: 'Runs of print' }).getByRole('listitem')
    await runs.first().getByText('failed').waitFor()
    await runs.first().getByText('INTERNAL').waitFor()
    const before = await runs.first().textContent()
    await runs
      .first()
      .filter({ hasNotText: before ?? '' })
      .waitFor()
    await screenshot(page, 'schedule-runs-dark')
    await page.keyboard.press('Escape')
    await page.getByRole('complementary', { name: 'Runs' }).waitFor({ state: 'detached' })
  })

  for (const scheme of ['dark', 'light'] as const) {
    it(`can be read, ${scheme}, and fits a phone`, async () => {
      await page.emulateMedia({ colorScheme: scheme })
      for (const width of [1360, 390]) {
        await page.setViewportSize({ width, height: 844 })
        for (const path of ['/schedules', '/schedules?service=reports&job=print']) {
          await page.goto(`${dashboard.url}${path}`)
          await row('print').waitFor()
          await page.waitForTimeout(300)
          assert.deepEqual(await faintTexts(page), [], path)
          assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, path)
          await screenshot(page, `schedules${path.includes('job') ? '-runs' : ''}-${scheme}-${width}`)
        }
      }
      await page.setViewportSize({ width: 1360, height: 860 })
    })
  }
})
