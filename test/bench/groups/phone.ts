import { chromium } from 'playwright-core';
import { findChromium } from '../../e2e/support/chromium.ts';
import type { Bench, Group } from '../bench.ts';
import { median } from '../rounds.ts';

/** A middling phone on a slow mobile line, as Lighthouse takes it: 1.6 Mbit/s, 150 ms there and back. */
const slowPhone = {
  processor: 4,
  line: { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 },
};
const size = { width: 360, height: 740 };
const limitMs = 60_000;

interface Load {
  paintedMs: number;
  readyMs: number;
}

/** How long somebody who opens a link for the first time waits until files can be chosen there. */
export const phone: Group = async (bench) => {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    bench.say('phone: left out, there is no Chromium');
    return {};
  }
  const site = await bench.site();
  return site.withPortal(async (portal) => {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const open = async (): Promise<Load> => {
        // Of its own each time: nothing is in a cache.
        const context = await browser.newContext({
          viewport: size,
          isMobile: true,
          hasTouch: true,
          locale: 'ja-JP',
        });
        const page = await context.newPage();
        const devtools = await context.newCDPSession(page);
        await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowPhone.processor });
        await devtools.send('Network.enable');
        await devtools.send('Network.emulateNetworkConditions', slowPhone.line);
        await page.goto(`${portal.url}/r/${site.token}`, { timeout: limitMs, waitUntil: 'commit' });
        // Only a script makes it ready.
        await page.locator('#folder:enabled').waitFor({ state: 'attached', timeout: limitMs });
        const load = await page.evaluate(() => ({
          readyMs: performance.getEntriesByName('ready')[0]?.startTime ?? Number.NaN,
          paintedMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
        }));
        await context.close();
        return load;
      };
      await open();
      const loads = await timesOver(bench, open);
      return {
        'phone-ready': median(loads.map(({ readyMs }) => readyMs)) / 1000,
        'phone-painted': median(loads.map(({ paintedMs }) => paintedMs)) / 1000,
      };
    } finally {
      await browser.close();
    }
  });
};

const timesOver = async (bench: Bench, open: () => Promise<Load>): Promise<Load[]> => {
  const loads: Load[] = [];
  for (let round = 0; round < Math.max(3, bench.rounds); round += 1) {
    const load = await open();
    bench.say(`phone: painted ${load.paintedMs.toFixed(0)} ms, ready ${load.readyMs.toFixed(0)} ms`);
    loads.push(load);
  }
  return loads;
};
