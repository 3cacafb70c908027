/** Messages and sagas in a real browser, beside a real service with dead letters and sagas on SQLite. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { makeDesk } from '../../src/cli/fixtures/desk.ts'
import { Dashboard } from '../../src/dashboard/dashboard.ts'
import type { RunningService } from '../../src/service/running-service.ts'
import { noopLogger } from '../../src/telemetry/noop-logger.ts'
import { browserPath, openBrowser, openVisit, screenshot, type Visit } from './support/browser.ts'
import { faintTexts } from './support/contrast.ts'
import { workspaceOf } from './support/workspace-of.ts'

const adminToken = 'the-token-of-operators'
const paths = ['/messages', '/messages?service=desk&topic=orders.dead-letter', '/sagas', '/sagas/desk/stuck']

describe('messages and sagas in a browser', {
  skip: browserPath() === undefined && 'there is no chromium',
  timeout: 600_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'genever-desk-'))
  let desk: ReturnType<typeof makeDesk>
  let running: RunningService
  let dashboard: Dashboard
  let browser: Browser
  let visit: Visit
  let page: Page

  before(async () => {
    desk = makeDesk(folder)
    running = await desk.service.start({ adminToken, log: noopLogger })
    for (const id of ['a1', 'a2', 'a3']) await desk.messages.publish(desk.placed, { id })
    for (const id of ['good', 'refused', 'stuck']) await desk.sagas.begin(desk.checkout, { card: id }, { id })
    dashboard = await Dashboard.start({ port: 0, adminToken, workspace: workspaceOf('desk', running) })
    browser = await openBrowser()
    visit = await openVisit(browser, { origin: dashboard.url })
    page = visit.page
    await page.goto(dashboard.link)
    await heading('Services').waitFor()
  })
  after(async () => {
    await browser?.close()
    await dashboard?.stop()
    await running?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => assert.deepEqual(visit.problems(), []))

  const open = async (path: string): Promise<void> => {
    await page.goto(`${dashboard.url}${path}`)
    await page.locator('h1').first().waitFor()
    await page.waitForFunction(() => document.querySelector('.loading') === null)
  }
  const heading = (name: string): Locator => page.getByRole('heading', { level: 1, name })
  const step = (name: RegExp): Locator =>
    page.getByRole('group', { name: 'State machine' }).getByRole('button', { name })

  it('messages: shows groups with their lag and last error, and how many letters are dead', async () => {
    await open('/messages')
    const row = page.getByRole('table', { name: 'Groups of desk' }).getByRole('row').filter({ hasText: 'points' })
    await row.getByText('NO_ACCOUNT').waitFor()
    await row.getByRole('link', { name: '3 dead letters in orders.dead-letter' }).waitFor()
    await screenshot(page, 'messages-dark')
  })

  it('messages: opens the dead letters by the keyboard, with reason and attempts, payloads only when asked for', async () => {
    await page.getByRole('link', { name: /^3 dead letters/ }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/topic=orders\.dead-letter/)
    const side = page.getByRole('complementary', { name: 'Dead letters' })
    await side.getByText('There is no account of a2.').waitFor()
    assert.equal(await side.locator('.letter-payload').count(), 0)
    await side.getByLabel('Show payloads, secrets hidden').check()
    await side.locator('.letter-payload').filter({ hasText: '"id": "a2"' }).waitFor()
    await screenshot(page, 'dead-letters-dark')
  })

  it('messages: replays one by the button, and then all: they are handled and gone', async () => {
    desk.state.isBroken = false
    const side = page.getByRole('complementary', { name: 'Dead letters' })
    await side.getByLabel('Choose a2').check()
    await side.getByRole('button', { name: 'Replay 1' }).click()
    await side.getByText('1 message replayed').waitFor()
    await side.getByLabel('Choose a2').waitFor({ state: 'detached' })
    assert.deepEqual(desk.state.handled, ['a2'])
    await side.getByRole('button', { name: 'Replay all' }).click()
    await side.getByText('No dead letters.').waitFor()
    await page.getByRole('link', { name: '0 dead letters in orders.dead-letter' }).waitFor()
    assert.deepEqual(desk.state.handled.toSorted(), ['a1', 'a2', 'a3'])
    await page.keyboard.press('Escape')
    await side.waitFor({ state: 'detached' })
  })

  it('sagas: lists those that succeeded, were undone and are stuck, and filters them', async () => {
    await open('/sagas')
    const rows = page.getByRole('table', { name: 'Sagas' }).locator('.grid-row')
    for (const [id, status] of [
      ['good', 'done'],
      ['refused', 'compensated'],
      ['stuck', 'compensating'],
    ] as const) {
      await rows.filter({ hasText: id }).filter({ hasText: status }).first().waitFor()
    }
    await screenshot(page, 'sagas-dark')
    await page.getByLabel('State').selectOption('done')
    await page.waitForURL(/state=done/)
    await rows.filter({ hasText: 'stuck' }).waitFor({ state: 'detached' })
    await rows.filter({ hasText: 'good' }).waitFor()
    assert.equal(await rows.count(), 1)
    await rows.first().focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/sagas\/desk\/good$/)
    for (const name of [/^reserve: done$/, /^pay: done$/, /^ship: done$/]) await step(name).waitFor()
  })

  it('saga: draws the way back of one that was undone, and the history of a step', async () => {
    await open('/sagas/desk/refused')
    for (const name of [/^reserve: undone$/, /^pay: failed$/, /^ship: never begun$/]) await step(name).waitFor()
    assert.equal(await page.locator('.step-back').count(), 1)
    await screenshot(page, 'saga-undone-dark')
    await step(/^pay/).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/step=pay/)
    const history = page.getByRole('table', { name: 'History' })
    await history.getByText('The card was refused.').first().waitFor()
    await history.getByText('reserve').waitFor({ state: 'detached' })
  })

  it('saga: tries a stuck one again by the button, and shows by itself that it is undone', async () => {
    await open('/sagas/desk/stuck')
    await step(/^reserve: undo fails/).waitFor()
    await page.getByText('The stock is away.').first().waitFor()
    await screenshot(page, 'saga-stuck-dark')
    desk.state.isStockAway = false
    await page.getByRole('button', { name: 'Retry now' }).click()
    await step(/^reserve: undone/).waitFor()
    await page.getByRole('button', { name: 'Retry now' }).waitFor({ state: 'detached' })
  })

  it('activity: has written down who did what', async () => {
    await open('/activity')
    for (const action of ['messages.replay', 'saga.retry'])
      await page.getByRole('cell', { name: action }).first().waitFor()
  })

  it('is reached by the keyboard alone', async () => {
    await open('/services')
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await heading('Messages').waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('x')
    await heading('Sagas').waitFor()
  })

  for (const scheme of ['dark', 'light'] as const) {
    it(`has text that can be read, ${scheme}, and fits a phone`, async () => {
      await page.emulateMedia({ colorScheme: scheme })
      for (const width of [1360, 390]) {
        await page.setViewportSize({ width, height: 860 })
        for (const path of paths) {
          await open(path)
          await page.waitForTimeout(300)
          if (width === 1360) assert.deepEqual(await faintTexts(page), [], path)
          const wide = await page.evaluate(() => document.documentElement.scrollWidth)
          assert.ok(wide <= width, `${path} is ${wide} wide at ${width}`)
          await screenshot(page, `${path.replaceAll(/\W+/g, '-').slice(1)}-${scheme}-${width}`)
        }
      }
    })
  }
})
