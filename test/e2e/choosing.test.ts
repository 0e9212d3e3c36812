import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page, Request } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { sentShare, shownHashes } from './support/request.ts';
import { setStageWithLine } from './support/stage.ts';
import { until } from './support/until.ts';

const megabyte = 1024 * 1024;
const scriptBudgetBytes = 35 * 1024;

const stage = setStageWithLine();

let link: string;
/** SHA-256 by the path in the folder, in NFC. */
const hashes = new Map<string, string>();

beforeAll(async () => {
  for (const [path, sizeBytes] of [
    ['reports/2026/が.txt'.normalize('NFD'), 2000],
    ['notes.txt', 900],
    ['setup.exe', 10],
    ['huge.bin', 13 * megabyte],
    ['first.bin', 8 * megabyte],
    ['second.bin', 9 * megabyte],
  ] as const) {
    await mkdir(dirname(join(stage.folder, path)), { recursive: true });
    hashes.set(path.normalize('NFC'), await writeNoise(join(stage.folder, path), sizeBytes));
  }
  for (const junk of ['.DS_Store', '._が.txt', '2026/Thumbs.db'])
    await writeFile(join(stage.folder, 'reports', junk), 'of the computer');
  link = await stage.askFor({
    title: 'Reports',
    allowedTypes: 'txt, png, bin',
    maxFiles: 3,
    maxFileMegabytes: 12,
  });
});

beforeEach(() => stage.line.setRate(Number.POSITIVE_INFINITY));

test('what is pasted, dropped from a folder or chosen is one list; what breaks a rule says which, and holds up nothing', async () => {
  const submitter = await stage.welcome();
  const { page, context } = submitter;
  const claims = claimsOf(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stage.product.origin });
  await page.goto(link);
  await page.locator('button[type=submit]:enabled').waitFor();

  await pastePicture(page);
  const picture = row(page, 'image.png').locator('img');
  await picture.waitFor();
  expect(await picture.evaluate((image) => (image as HTMLImageElement).src)).toMatch(/^blob:/);

  await page.getByLabel('Choose a folder').setInputFiles(join(stage.folder, 'reports'));
  await page.getByText('3 system files were left out.').first().waitFor();
  await choose(page, 'setup.exe', 'huge.bin', 'notes.txt', 'first.bin');
  expect(await problemsBeside(page)).toEqual({
    'image.png': '',
    'reports/2026/が.txt': '',
    'setup.exe': 'This type of file isn’t accepted. Accepted: .txt, .png, .bin.',
    'huge.bin': 'Too large: one file may have up to 12 MB.',
    'notes.txt': '',
    'first.bin': 'Too many files: up to 3 are accepted.',
  });
  await choose(page, 'notes.txt');
  await row(page, 'notes.txt').getByText('Was in the list already: it is sent once.').waitFor();
  expect(await page.locator('.items > li').count()).toBe(6);

  // One that is removed makes room for the next, and the keyboard stays in the list.
  await row(page, 'image.png')
    .getByRole('button', { name: /^Remove/ })
    .press('Enter');
  expect(await focusedRow(page)).toBe('reports/2026/が.txt');
  expect((await problemsBeside(page))['first.bin']).toBe('');

  await page.getByLabel('Your name').fill('A submitter');
  // Nobody is to believe that all was sent.
  await page.getByRole('button', { name: 'Send the other 3 files' }).click();
  await page.getByRole('heading', { name: '3 of 5 files were received' }).waitFor();
  expect(await page.locator('.slip-files .problem').allInnerTexts()).toHaveLength(2);
  const sent = hashesOf('reports/2026/が.txt', 'notes.txt', 'first.bin');
  expect((await shownHashes(page)).sort()).toEqual(sent);
  // The portal was told what the browser had before a byte was on its way.
  expect(claims.sort()).toEqual(sent);
  await submitter.leave();
});

test('one file is cancelled while another is paused: its place is free at once, and the other goes on where it was', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  await page.goto(link);
  await page.getByLabel('Your name').fill('A submitter');
  await page.locator('button[type=submit]:enabled').waitFor();
  await choose(page, 'first.bin', 'second.bin', 'notes.txt');
  stage.line.setRate(3 * megabyte);
  await page.getByRole('button', { name: 'Send' }).click();
  await until('something is on its way', 20_000, async () => (await sentShare(page)) > 0.2);
  // Only of what the portal knows something is deleted there.
  await row(page, 'second.bin')
    .getByText(/[1-9]\d?% sent/)
    .waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused. What has arrived is kept.').first().waitFor();
  const deleted = page.waitForResponse((response) => response.request().method() === 'DELETE');
  await row(page, 'second.bin')
    .getByRole('button', { name: /^Cancel/ })
    .click();
  expect((await deleted).status()).toBe(204);
  await page.getByLabel('Choose a folder').setInputFiles(join(stage.folder, 'reports'));
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  const sent = hashesOf('reports/2026/が.txt', 'notes.txt', 'first.bin');
  expect((await shownHashes(page)).sort()).toEqual(sent);
  await submitter.leave();
});

test('one that had no place is sent when another has left it', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  await page.goto(link);
  await page.getByLabel('Your name').fill('A submitter');
  await page.locator('button[type=submit]:enabled').waitFor();
  await choose(page, 'first.bin', 'second.bin', 'notes.txt');
  await page.getByLabel('Choose a folder').setInputFiles(join(stage.folder, 'reports'));
  stage.line.setRate(3 * megabyte);
  await page.getByRole('button', { name: 'Send the other 3 files' }).click();
  await until('something is on its way', 20_000, async () => (await sentShare(page)) > 0.2);
  await row(page, 'second.bin')
    .getByRole('button', { name: /^Cancel/ })
    .click();
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  const sent = hashesOf('reports/2026/が.txt', 'notes.txt', 'first.bin');
  expect((await shownHashes(page)).sort()).toEqual(sent);
  await submitter.leave();
});

test('everything that has not arrived is called off when that is confirmed; what has arrived waits for a decision', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  const answers = [false, true];
  page.on('dialog', (dialog) => void (answers.shift() === true ? dialog.accept() : dialog.dismiss()));
  await page.goto(link);
  await page.getByLabel('Your name').fill('A submitter');
  await page.locator('button[type=submit]:enabled').waitFor();
  await choose(page, 'first.bin', 'second.bin', 'notes.txt');
  stage.line.setRate(2 * megabyte);
  await page.getByRole('button', { name: 'Send' }).click();
  await row(page, 'notes.txt').getByText('Arrived').waitFor();
  await page.getByRole('button', { name: 'Cancel all' }).click();
  expect(await page.locator('.items > li').count()).toBe(3);
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await page.getByText('Cancelled. 1 file had arrived and is kept.').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('send-rest');
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await page.getByRole('button', { name: 'Finish with this file' }).click();
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  expect(await shownHashes(page)).toEqual(hashesOf('notes.txt'));
  await submitter.leave();
});

test('a list of many files is a list of names, and the page loads at most 35 kB of JavaScript at first', async () => {
  const submitter = await stage.welcome({
    locale: 'ja-JP',
    viewport: { width: 320, height: 640 },
  });
  const { page } = submitter;
  const scripts: Promise<Buffer>[] = [];
  const encodings: (string | undefined)[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    scripts.push(response.body());
    encodings.push(response.headers()['content-encoding']);
  });
  await page.goto(link);
  await page.locator('button[type=submit]:enabled').waitFor();
  const bodies = await Promise.all(scripts);
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  expect(bodies.length).toBeGreaterThan(0);
  for (const encoding of encodings) expect(['br', 'gzip']).toContain(encoding);
  expect(bytes).toBeLessThanOrEqual(scriptBudgetBytes);

  await page.getByLabel('ファイルを選択').setInputFiles(
    Array.from({ length: 61 }, (_, index) => ({
      name: `写真 ${String(index)}.png`,
      mimeType: 'image/png',
      buffer: Buffer.from('not really'),
    })),
  );
  expect(await page.locator('.items > li').count()).toBe(61);
  expect(await page.locator('.item-picture').count()).toBe(0);
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  ).toBe(0);
  await page.getByRole('button', { name: 'すべて一覧から外す' }).press('Enter');
  expect(await page.locator('.items > li').count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('files');
  await submitter.leave();
});

const hashesOf = (...paths: string[]): string[] => paths.map((path) => hashes.get(path) ?? '').sort();

const choose = (page: Page, ...names: string[]): Promise<void> =>
  page.getByLabel('Choose files').setInputFiles(names.map((name) => join(stage.folder, name)));

/** As after a screenshot: a picture on the clipboard, and Ctrl+V. */
const pastePicture = async (page: Page): Promise<void> => {
  await page.bringToFront();
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 200);
    canvas.getContext('2d')?.fillRect(0, 0, 100, 100);
    const blob = await canvas.convertToBlob({ type: 'image/png' });
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
  });
  await page.keyboard.press('Control+V');
};

const row = (page: Page, name: string) => page.locator('.items > li').filter({ hasText: name });

const problemsBeside = async (page: Page): Promise<Record<string, string>> =>
  Object.fromEntries(
    await page
      .locator('.items > li')
      .evaluateAll((rows) =>
        rows.map((each) => [
          each.querySelector('.file-name')?.textContent ?? '',
          each.querySelector('.problem')?.textContent ?? '',
        ]),
      ),
  );

/** The file in whose row the keyboard is. */
const focusedRow = (page: Page): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.closest('.item')?.querySelector('.file-name')?.textContent ?? 'none',
  );

/** The SHA-256 that each new upload claims. */
const claimsOf = (page: Page): string[] => {
  const claims: string[] = [];
  page.on('request', (request: Request) => {
    if (request.method() !== 'POST' || !request.url().endsWith('/uploads')) return;
    const metadata = request.headers()['upload-metadata'] ?? '';
    const claim = /(?:^|,)sha256 ([^,]+)/.exec(metadata)?.[1];
    claims.push(Buffer.from(claim ?? '', 'base64').toString());
  });
  return claims;
};
