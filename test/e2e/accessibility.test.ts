import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleNames, serveSamples } from '../support/samples-server.ts';
import { findChromium, noChromium } from './support/chromium.ts';

/** Every page, and every moment of a sending, with sample data: the rules that a machine can hold. */
/** Where each is seen as it was; not kept in the repository. */
const picturesDir = join(import.meta.dirname, '../../docs/screenshots/run');

let server: Server;
let address: string;
let browser: Browser;
let axe: string;

beforeAll(async () => {
  ({ server, address } = await serveSamples());
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(noChromium);
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** A page that is as wide as this, with what a machine finds wrong in it. */
const looks = [
  { language: 'en', colorScheme: 'light', width: 1280 },
  { language: 'ja', colorScheme: 'light', width: 768 },
  { language: 'en', colorScheme: 'light', width: 360 },
  // As wide as the narrowest phone, and as a wide screen at 400%.
  { language: 'ja', colorScheme: 'dark', width: 320 },
] as const;

const findingsOn = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html}`),
  );
};

describe.each(looks)('in $language, $colorScheme, $width px wide', ({ language, colorScheme, width }) => {
  let page: Page;

  beforeAll(async () => {
    page = await browser.newPage({
      viewport: { width, height: 800 },
      colorScheme,
      reducedMotion: 'reduce',
      bypassCSP: true,
    });
  });

  afterAll(() => page?.close());

  test.each(sampleNames())(
    '%s: axe finds nothing, nothing is wider than the screen, nothing moves',
    async (name) => {
      await page.goto(`${address}/${name}?language=${language}`);
      expect(await findingsOn(page)).toEqual([]);
      const [overhang, moving] = await page.evaluate(() => [
        document.documentElement.scrollWidth - innerWidth,
        document.getAnimations().length,
      ]);
      await page.screenshot({ path: join(picturesDir, `${name}-${language}-${width}.png`), fullPage: true });
      expect(overhang).toBeLessThanOrEqual(0);
      expect(moving).toBe(0);
    },
  );
});

test('axe does find what is wrong', async () => {
  const page = await browser.newPage({ bypassCSP: true });
  await page.goto(`${address}/request`);
  await page.evaluate(() => {
    document.querySelector('label')?.remove();
  });
  expect((await findingsOn(page)).join()).toContain('label');
  await page.close();
});
