/** The dashboard in a real browser, beside the real shop: every page shows what has really happened. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { browserPath, openBrowser, openVisit, screenshot, screenshotFolder, type Visit } from './support/browser.ts'
import { faintTexts } from './support/contrast.ts'
import { type RunningShop, startShop } from './support/shop.ts'

const services = ['gateway', 'inventory', 'notifications', 'orders', 'payments', 'points', 'users']
const paths = [
  '/services',
  '/services/orders',
  '/topology',
  '/slo',
  '/messages',
  '/sagas',
  '/schedules',
  '/traces',
  '/logs',
  '/series',
  '/series?view=explore',
  '/routes?service=gateway',
  '/config',
  '/faults',
  '/activity',
]
/** The gateway's route for an order; its trace passes through all services. */
const orderRoute = 'POST /api/v1/orders'

describe('the dashboard in a browser', {
  skip: browserPath() === undefined && 'there is no chromium',
  timeout: 900_000,
}, () => {
  let shop: RunningShop
  let browser: Browser
  let visit: Visit
  let page: Page
  let traceId = ''

  before(async () => {
    shop = await startShop()
    browser = await openBrowser()
    visit = await openVisit(browser, { origin: shop.origin })
    page = visit.page
    await shop.shopping()
  })
  after(async () => {
    await browser?.close()
    await shop?.stop()
    console.log(`screenshots: ${screenshotFolder()}`)
  })
  afterEach(() => assert.deepEqual(visit.problems(), []))

  const open = async (path: string): Promise<void> => {
    await page.goto(`${shop.origin}${path}`)
    await page.locator('h1').first().waitFor()
  }
  /** Nothing is still loading. */
  const settled = async (): Promise<void> => {
    await page.waitForFunction(() => document.querySelector('.loading') === null)
  }
  const heading = (name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name })

  it('asks for the token, says when it is wrong, and lets in who has the printed link', async () => {
    await page.goto(`${shop.origin}/traces?status=error`)
    await heading('The dashboard needs its token').waitFor()
    await page.getByLabel('Token').fill('this-is-not-the-token')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('alert').filter({ hasText: 'not the one' }).waitFor()
    // The browser itself reports each 401 on the console.
    assert.ok(visit.problems().every((problem) => problem.includes('401')))
    await page.goto('about:blank')
    visit.problems()
    await page.goto(shop.link)
    await heading('Services').waitFor()
    assert.ok(!page.url().includes('token'), 'the token does not stay in the address')
  })

  it('sends a policy under which no script or style in the page itself would run', async () => {
    const policy = (await page.request.get(`${shop.origin}/`)).headers()['content-security-policy'] ?? ''
    assert.match(policy, /default-src 'self'/)
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*/)
  })

  it('services: shows all of them ready, with what they use', async () => {
    await open('/services')
    for (const name of services) {
      const row = page.locator('.services-table tr').filter({ has: page.getByRole('link', { name, exact: true }) })
      // The gateway is degraded as soon as it breaks its objective, which a slow machine makes it do.
      await row.getByText(/^(Ready|Degraded)$/).waitFor()
      await row.getByText(/\d MB/).waitFor()
    }
    await screenshot(page, 'services-dark')
  })

  it('services: shows one in detail: health, use, and what it wrote', async () => {
    await page.getByRole('link', { name: 'orders', exact: true }).click()
    await heading('orders').waitFor()
    await page.getByRole('heading', { name: 'Health' }).waitFor()
    await page.getByText(/^UP$/).first().waitFor()
    await page.locator('.output').getByText('request').first().waitFor()
    await page.getByRole('img', { name: /^Memory of orders: Memory .* MB/ }).waitFor()
    await screenshot(page, 'service-dark')
  })

  it('traces: finds the order by its route, across all services', async () => {
    await open('/traces')
    await page.getByLabel('Operation').selectOption(orderRoute)
    await page.waitForURL(/name=POST/)
    const rows = page.getByRole('table', { name: 'Traces' }).locator('.grid-row')
    await rows.filter({ hasText: '7 services' }).first().waitFor()
    assert.deepEqual([...new Set(await rows.locator('.trace-name').allTextContents())], [orderRoute])
    await screenshot(page, 'traces-dark')
    await rows.filter({ hasText: '7 services' }).first().click()
    await page.waitForURL(/\/traces\/[0-9a-f]{32}$/)
    traceId = page.url().slice(-32)
  })

  it('trace: shows the waterfall, whose rows the arrow keys reach and Enter opens', async () => {
    await heading(orderRoute).waitFor()
    const spans = page.getByRole('table', { name: 'Spans' })
    const texts = await spans.locator('.grid-row').allTextContents()
    for (const part of [
      /gateway.*POST \/api\/v1\/orders/,
      /orders.*POST \/orders/,
      /inventory.*\/reservations/,
      /users/,
    ]) {
      assert.ok(
        texts.some((text) => part.test(text)),
        `${part} in ${texts.join('; ')}`,
      )
    }
    await page.getByText('Critical path', { exact: true }).waitFor()
    assert.ok((await page.locator('.bar-critical').count()) > 2)
    await screenshot(page, 'trace-dark')

    await spans.locator('.grid-row').first().focus()
    const request = texts.findIndex((text) => /orders.*POST \/orders/.test(text))
    for (let pressed = 0; pressed < request; pressed++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const side = page.getByRole('complementary', { name: 'Span' })
    await side.getByText('http.request.method').waitFor()
    assert.match(page.url(), /span=[0-9a-f]{16}/)
    await screenshot(page, 'trace-span-dark')
    await page.reload()
    await side.getByText('http.request.method').waitFor()
    await page.keyboard.press('Escape')
    await side.waitFor({ state: 'detached' })
  })

  it('trace: leads to the logs of the same request, in each service, and back', async () => {
    await page.getByRole('main').getByRole('link', { name: 'Logs', exact: true }).click()
    await page.waitForURL(new RegExp(`/logs\\?traceId=${traceId}`))
    const rows = page.getByRole('table', { name: 'Logs' }).locator('.grid-row')
    for (const name of ['gateway', 'inventory', 'orders', 'payments', 'users'])
      await rows.filter({ hasText: name }).first().waitFor()
    await screenshot(page, 'logs-of-trace-dark')
    await rows.first().click()
    await page.getByRole('complementary', { name: 'Record' }).getByRole('link', { name: 'Open its trace' }).click()
    await heading(orderRoute).waitFor()
  })

  it('traces: compares two', async () => {
    await open(`/traces?name=${encodeURIComponent(orderRoute)}`)
    const marks = page.getByRole('checkbox')
    await marks.nth(1).waitFor()
    await marks.nth(0).check()
    await marks.nth(1).check()
    await page.getByRole('link', { name: 'Compare' }).click()
    await heading('Compare').waitFor()
    await page.getByRole('cell', { name: /POST \/api\/v1\/orders/ }).waitFor()
    await screenshot(page, 'compare-dark')
  })

  it('logs: follows what is said now, pauses, and filters', async () => {
    await open('/logs?service=gateway')
    const rows = page.getByRole('table', { name: 'Logs' }).locator('.grid-row')
    await rows.first().waitFor()
    const isNew = page.waitForFunction(
      (before) =>
        Number(document.querySelector('[role=table][aria-label=Logs]')?.getAttribute('aria-rowcount')) > before,
      Number(await page.getByRole('table', { name: 'Logs' }).getAttribute('aria-rowcount')),
    )
    await shop.shopping()
    await isNew
    assert.ok((await rows.allTextContents()).every((text) => text.includes('gateway')))
    await page.keyboard.press('p')
    await shop.shopping()
    await page.getByRole('button', { name: /Follow \(\d+ new\)/ }).click()
    await page.getByLabel('Search the logs').fill('/api/v1/orders')
    await page.waitForURL(/text=/)
    await rows.filter({ hasText: '/api/v1/orders' }).first().waitFor()
    await screenshot(page, 'logs-dark')
  })

  it('logs: shows markup as text', async () => {
    const markup = '<img src=x onerror=alert(1)>'
    await fetch(`${shop.gateway}/api/v1/products?category=${encodeURIComponent(markup)}`, {
      headers: { 'user-agent': markup },
    })
    await open(`/logs?text=${encodeURIComponent(markup)}`)
    assert.equal(await page.locator('main img').count(), 0)
    await open(`/traces?name=${encodeURIComponent(markup)}`)
    assert.equal(await page.locator('main img').count(), 0)
  })

  it('topology: draws who calls whom from the spans, with rate and p99', async () => {
    await open('/topology')
    for (const name of services) await page.getByRole('button', { name: new RegExp(`^${name}, service`) }).waitFor()
    for (const call of ['gateway calls orders', 'gateway calls users', 'orders calls inventory']) {
      await page.getByRole('img', { name: new RegExp(`^${call}: [\\d.]+/(s|min), p99 `) }).waitFor()
    }
    await screenshot(page, 'topology-dark')
    await page.getByRole('button', { name: /^orders, service/ }).focus()
    await page.keyboard.press('Enter')
    const side = page.getByRole('complementary', { name: 'Node' })
    await side.getByRole('heading', { name: 'Called by' }).waitFor()
    await side.getByRole('link', { name: 'trace' }).first().waitFor()
    await screenshot(page, 'topology-node-dark')
  })

  it('metrics: has rate, errors and duration of each route, and any series over time', async () => {
    await open('/series')
    const row = page.getByRole('row').filter({ hasText: 'gateway' }).filter({ hasText: orderRoute })
    await row.getByRole('button').click()
    await page.waitForURL(/route=gateway/)
    await page.getByRole('img', { name: /^Duration: p50 .*, p99 / }).waitFor()
    await screenshot(page, 'metrics-dark')
    await page.getByRole('link', { name: 'All series' }).click()
    const metric = page.getByRole('button', { name: /^(http|genever)[._]/ }).first()
    await metric.click()
    await page.getByRole('img', { name: /^(http|genever)[._]\w+: .*\d/ }).waitFor()
    await screenshot(page, 'series-dark')
  })

  it('routes: sends a request made from the OpenAPI form, and leads to its trace', async () => {
    await open('/routes?service=gateway')
    await page.getByRole('button', { name: 'GET /api/v1/products', exact: true }).click()
    await page.getByLabel(/^category/).selectOption('genever')
    await page.getByRole('button', { name: 'Send' }).click()
    const answer = page.getByRole('region', { name: 'Answer' })
    await answer.getByText('200', { exact: true }).waitFor()
    await answer.getByText('"sku"').first().waitFor()
    await screenshot(page, 'routes-dark')
    const trace = await answer.getByRole('link', { name: 'Its trace' }).getAttribute('href')
    await open(trace ?? '')
    await heading('GET /api/v1/products').waitFor()
    // Until its spans have come the answer is a 404, which the browser itself reports on the console.
    assert.ok(visit.problems().every((problem) => problem.includes('404')))
  })

  it('SLO: shows the budget that the gateway promised', async () => {
    await open('/slo')
    const card = page.getByRole('article', { name: 'gateway availability' })
    await card.getByText(/of the error budget left/).waitFor()
    await card.getByText(/Target 99\.9 %/).waitFor()
    await screenshot(page, 'slo-dark')
  })

  it('messages: shows who hears of an order, and that all of it was handled', async () => {
    await open('/messages')
    for (const name of ['notifications', 'points']) {
      const row = page
        .getByRole('table', { name: `Groups of ${name}` })
        .getByRole('row')
        .nth(1)
      await row.getByText(/order/i).first().waitFor()
      await row
        .getByRole('cell')
        .nth(4)
        .getByText(/^[1-9]/)
        .waitFor()
    }
    await screenshot(page, 'messages-dark')
  })

  it('sagas: shows the checkout of the order, done, with each of its steps and its trace', async () => {
    await open('/sagas')
    const rows = page.getByRole('table', { name: 'Sagas' }).locator('.grid-row')
    await rows.filter({ hasText: 'done' }).first().waitFor()
    await screenshot(page, 'sagas-dark')
    await rows.filter({ hasText: 'done' }).first().click()
    await page.waitForURL(/\/sagas\/orders\//)
    const steps = page.getByRole('group', { name: 'State machine' }).getByRole('button')
    await steps.first().waitFor()
    assert.ok((await steps.count()) > 1)
    for (const step of await steps.all()) await step.and(page.getByRole('button', { name: /: done$/ })).waitFor()
    await screenshot(page, 'saga-dark')
    await page.getByRole('main').getByRole('link', { name: /trace/i }).first().click()
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/)
  })

  it('schedules: shows the job that clears the inboxes, and when it comes next', async () => {
    await open('/schedules')
    const row = page.getByRole('table', { name: 'Jobs of points' }).getByRole('row').filter({ hasText: 'trim-inbox' })
    await row.getByText(/^in \d+ (h|min|s)$/).waitFor()
    await screenshot(page, 'schedules-dark')
  })

  it('config: shows settings with their origin, and no secret', async () => {
    await open('/config?service=orders')
    await page.getByRole('cell', { name: 'service.port', exact: true }).waitFor()
    assert.ok((await page.getByRole('row').count()) > 3)
    await screenshot(page, 'config-dark')
  })

  it('faults: makes a route fail, shows that it does, and stops it', async () => {
    await open('/faults?service=inventory')
    await page.getByText('Error', { exact: true }).click()
    await page.getByLabel('Status').fill('503')
    await page.getByLabel('Route').selectOption({ label: 'GET /products' })
    await page.getByLabel('Reason').fill('what the shop does then')
    await page.getByRole('button', { name: 'Inject' }).click()
    const row = page.getByRole('row').filter({ hasText: 'Error 503' })
    await row.getByText('requests GET /products').waitFor()
    await screenshot(page, 'faults-dark')
    const status = async (): Promise<number> => (await fetch(`${shop.urlOf('inventory')}/products`)).status
    assert.equal(await status(), 503)
    await row.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('heading', { name: 'Nothing is broken on purpose' }).waitFor()
    assert.equal(await status(), 200)
  })

  it('services: stops one, starts it and restarts it, and says what it is doing', async () => {
    await open('/services/users')
    const state = page.locator('.page-head .badge')
    await page.getByRole('button', { name: 'Stop' }).click()
    await state.filter({ hasText: 'Stopped' }).waitFor()
    await page.getByRole('button', { name: 'Start' }).click()
    await state.filter({ hasText: /Ready|Degraded/ }).waitFor()
    const process = page.locator('dt', { hasText: /^Process$/ }).locator('+ dd')
    const before = await process.textContent()
    await page.getByRole('button', { name: 'Restart' }).click()
    await process.filter({ hasNotText: before ?? '' }).waitFor()
    await state.filter({ hasText: /Ready|Degraded/ }).waitFor()
  })

  it('activity: has written down who did what', async () => {
    await open('/activity')
    for (const action of ['service.restart', 'service.stop', 'fault.inject', 'request.try']) {
      await page.getByRole('cell', { name: action }).first().waitFor()
    }
    await screenshot(page, 'activity-dark')
  })

  it('is reached by the keyboard alone', async () => {
    await open('/services')
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await heading('Topology').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('Control+k')
    await page.keyboard.type('inventory log')
    await screenshot(page, 'palette-dark')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/logs\?service=inventory/)
    await heading('Logs').waitFor()
    await page.keyboard.press('/')
    await page.waitForFunction(() => document.activeElement?.hasAttribute('data-search'))
    await page.goBack()
    await heading('Topology').waitFor()
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
    assert.notEqual(outline, 'none', 'what has the focus shows it')
  })

  it('is dark or light as the system is, until the visitor chooses, and remembers it', async () => {
    await open('/services')
    const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const dark = await background()
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await background()
    assert.notEqual(light, dark)
    await page.getByRole('button', { name: 'Dark colours' }).click()
    assert.equal(await background(), dark)
    await page.reload()
    await heading('Services').waitFor()
    assert.equal(await background(), dark)
    await page.keyboard.press('d')
    assert.equal(await background(), light)
    await page.evaluate(() => localStorage.clear())
    await page.emulateMedia({ colorScheme: 'dark' })
  })

  for (const scheme of ['dark', 'light'] as const) {
    it(`has text that can be read on every page, ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme })
      for (const path of [...paths, `/traces/${traceId}`]) {
        await open(path)
        await settled()
        await page.waitForTimeout(300)
        assert.deepEqual(await faintTexts(page), [], path)
        assert.deepEqual(await tallCells(page), [], path)
        if (scheme === 'light') await screenshot(page, `${nameOf(path)}-light`)
      }
    })
  }

  it('fits a phone: nothing is wider than 390 pixels, and the menu opens', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    for (const path of [...paths, `/traces/${traceId}`]) {
      await open(path)
      await settled()
      await page.waitForTimeout(300)
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(width <= 390, `${path} is ${width} wide`)
      assert.deepEqual(await tallCells(page), [], path)
      await screenshot(page, `${nameOf(path)}-phone`)
    }
    await page.getByRole('button', { name: 'Menu' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Logs', exact: true }).click()
    await heading('Logs').waitFor()
    await page.setViewportSize({ width: 1360, height: 860 })
  })

  it('says that it lost the dashboard, keeps what it shows, and goes on when it is back', async () => {
    await page.setViewportSize({ width: 1360, height: 860 })
    await open('/services')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.route('**/api/**', (route) => route.abort())
    await page.getByRole('alert').filter({ hasText: 'does not answer' }).first().waitFor()
    for (const name of services) await page.getByRole('link', { name, exact: true }).first().waitFor()
    await page.unroute('**/api/**')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    // The browser itself reports each request that failed on the console.
    assert.ok(visit.problems().every((problem) => problem.includes('net::ERR_FAILED')))
  })
})

/** Cells of long tables that are taller than their row, so that their text stands on that of the next one. */
async function tallCells(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const heightOf = (element: Element | null): number => element?.getBoundingClientRect().height ?? 0
    const cells = [...document.querySelectorAll('.grid-row > *')]
    return cells
      .filter((cell) => heightOf(cell) > heightOf(cell.parentElement) + 1)
      .map((cell) => cell.textContent ?? '')
  })
}

function nameOf(path: string): string {
  return (
    path
      .replace(/^\//, '')
      .replaceAll(/[^a-z]+/g, '-')
      .replace(/-+[0-9a-f-]*$/, '') || 'services'
  )
}
