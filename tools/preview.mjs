/**
 * Shows every page with sample data, and takes its picture: for whoever works on how they look.
 *   npx tsx tools/preview.mjs [--port 4173]              serves them on 127.0.0.1; `/` lists them
 *   npx tsx tools/preview.mjs --shots DIR [--only NAME]  writes pictures (wants CHROMIUM or /usr/bin/chromium)
 * To see files really sent, use the demo (`npm run dev`).
 */

import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { sampleContext, samplePages } from '../test/unit/web/samples.tsx';
import { loadAssets } from '../web/assets.ts';
import { renderPage } from '../web/render.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const assetsDir = join(root, 'dist/web/assets');
const types = { '.css': 'text/css', '.js': 'text/javascript', '.map': 'application/json' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'";

const serve = (port) => {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname.startsWith('/assets/')) return sendAsset(url.pathname, response);
    const language = url.searchParams.get('language') === 'ja' ? 'ja' : 'en';
    const context = sampleContext(language, {
      assets: loadAssets(assetsDir),
      demo: url.searchParams.has('demo'),
      now: new Date('2026-11-22T08:00:00Z'),
    });
    const pages = samplePages(context);
    const page = pages[url.pathname.slice(1)];
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(page === undefined ? list(Object.keys(pages)) : renderPage(page));
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
};

const sendAsset = async (path, response) => {
  try {
    const body = await readFile(join(assetsDir, path.slice('/assets/'.length).replaceAll('/', '')));
    response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
};

const list = (names) =>
  `<!doctype html><title>Preview</title><ul>${names
    .map(
      (name) =>
        `<li>${name}: ${['en', 'ja'].map((l) => `<a href="/${name}?language=${l}">${l}</a>`).join(' ')}</li>`,
    )
    .join('')}</ul>`;

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
  const names = Object.keys(samplePages(sampleContext('en'))).filter(
    (name) => only === undefined || name === only,
  );
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
const server = await serve(flags.shots === undefined ? Number(flags.port ?? 4173) : 0);
const address = `http://127.0.0.1:${server.address().port}`;
if (flags.shots === undefined) console.log(address);
else {
  await takePictures(address, flags.shots, flags.only);
  server.close();
}
