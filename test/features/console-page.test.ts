import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { browserTest, startChromium, why } from '../rig/browser/chromium.ts';
import { ConsoleRig } from '../rig/browser/console-rig.ts';

let browser: Browser | undefined;
let rig: ConsoleRig;
let page: Page;
/** Errors of the page, among them what its policy forbids, and requests to elsewhere. */
let faults: string[];

beforeAll(async () => {
  browser = why === '' ? await startChromium() : undefined;
});

afterAll(() => browser?.close());

beforeEach(async () => {
  if (browser === undefined) return;
  rig = await ConsoleRig.started(
    m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'shop', hostnames: ['shop.test'] }),
    m.httpRoute([{ backendRefs: [m.backend('absent')] }], { name: 'broken', hostnames: ['broken.test'] }),
  );
  faults = [];
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(rig.url) && request.url() !== 'about:blank') faults.push(request.url());
  });
});

afterEach(async () => {
  if (browser === undefined) return;
  await page.close();
  await rig.close();
});

/** Loads the page with a view, and waits for its first second. */
async function open(view: string): Promise<void> {
  // Another view alone does not load the page again.
  await page.goto('about:blank');
  await page.goto(`${rig.url}/console#${view}`);
  await page.locator('#state').getByText('live').waitFor();
}

browserTest(`a change of endpoints is seen in its lane${why}`, async () => {
  await rig.pipeline.connected();
  await open('pipeline');
  await rig.tick();
  const pushed = page.locator('section.lane').nth(1).locator('li', { hasText: 'pushed' }).locator('b');
  expect(await pushed.textContent()).toBe('0');
  rig.pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await rig.pipeline.settle();
  await rig.tick();
  await pushed.getByText('1', { exact: true }).waitFor();
  await page.getByText('ClusterLoadAssignment/default/app/80').waitFor();
  expect(faults).toEqual([]);
});

browserTest(`everything is reached by keys${why}`, async () => {
  await open('pipeline');
  await page.keyboard.press('3');
  await page.getByText('HTTPRoute/default/broken').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('broken');
  await page.getByText('Gateway/default/web').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('cell', { name: 'BackendNotFound' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('HTTPRoute/default/shop').waitFor();
  await page.keyboard.press('2');
  await page.getByText('No proxy here.').waitFor();
  await page.keyboard.press('4');
  await page.getByText('nothing is fetched').waitFor();
  expect(faults).toEqual([]);
});

browserTest(`a text of an object, or the id of a proxy, is no HTML${why}`, async () => {
  const html = '<img src=x onerror=document.title=1>';
  const set = [{ name: 'x-odd', value: html }];
  const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }];
  rig.pipeline.apply(m.httpRoute([{ filters, backendRefs: [m.backend()] }], { name: 'odd' }));
  await rig.pipeline.connected({ id: html });
  for (const view of ['proxies', 'object/HTTPRoute%2Fdefault%2Fodd']) {
    await open(view);
    await page.getByText(html).first().waitFor();
    expect([await page.locator('main img').count(), await page.title()]).toEqual([0, 'Sluice']);
  }
  expect(faults).toEqual([]);
});

browserTest(`the page says that Sluice has ended, and goes on with the next one${why}`, async () => {
  await open('pipeline');
  await rig.stop();
  await page.getByRole('alert').getByText('Sluice does not answer').waitFor();
  await rig.start();
  await page.locator('#state').getByText('live').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

browserTest(`a process that is not ready says what it waits for${why}`, async () => {
  rig.waitsFor = 'the first scan of the source is not complete';
  await open('pipeline');
  await page
    .getByRole('alert')
    .getByText('Not ready: the first scan of the source is not complete')
    .waitFor();
});

browserTest(`no view is wider than its window, light or dark${why}`, async () => {
  await rig.pipeline.connected({ id: 'a-proxy-with-a-name-as-long-as-those-of-pods-7c9d8b6f5-x2x4z' });
  const wider: string[] = [];
  const looks = [
    [400, 'light'],
    [1280, 'dark'],
    [3840, 'light'],
  ] as const;
  for (const [width, colorScheme] of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    for (const view of ['pipeline', 'proxies', 'objects', 'fetched', 'object/Gateway%2Fdefault%2Fweb']) {
      await open(view);
      await page.locator('main :is(section, article, .empty)').first().waitFor();
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (Number(over) > 0) wider.push(`${view} at ${width}: ${String(over)}`);
    }
  }
  expect(wider).toEqual([]);
  expect(faults).toEqual([]);
});
