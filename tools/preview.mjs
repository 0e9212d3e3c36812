/**
 * Shows every page with sample data, and takes its picture: for whoever works on how they look.
 *   npx tsx tools/preview.mjs [--port 4173]              serves them on 127.0.0.1; `/` lists them
 *   npx tsx tools/preview.mjs --shots DIR [--only NAME]  writes pictures (wants CHROMIUM or /usr/bin/chromium)
 * To see files really sent, use the demo (`npm run dev`).
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { sampleNames, serveSamples } from '../test/support/samples-server.ts';

const takePictures = async (address, dir, only) => {
  await mkdir(dir, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const names = sampleNames().filter((name) => only === undefined || name.startsWith(only));
  for (const [width, colorScheme, language] of [
    [360, 'light', 'ja'],
    [360, 'dark', 'en'],
    [1280, 'light', 'en'],
    [1280, 'dark', 'ja'],
  ]) {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    for (const name of names) {
      await page.goto(`${address}/${name}?language=${language}`);
      await page.screenshot({
        path: join(dir, `${name}-${width}-${colorScheme}-${language}.png`),
        fullPage: true,
      });
    }
    await page.close();
  }
  await browser.close();
};

const { values: flags } = parseArgs({
  options: { port: { type: 'string' }, shots: { type: 'string' }, only: { type: 'string' } },
});
const { server, address } = await serveSamples(flags.shots === undefined ? Number(flags.port ?? 4173) : 0);
if (flags.shots === undefined) console.log(address);
else {
  await takePictures(address, flags.shots, flags.only);
  server.close();
}
