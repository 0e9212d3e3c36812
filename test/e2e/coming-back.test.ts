import { copyFile, mkdtemp, stat, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { sha256Of, writeNoise } from './support/files.ts';
import { sampleLinkOf, sendTo, shownHashes } from './support/request.ts';
import { setStageWithLine } from './support/stage.ts';
import { until } from './support/until.ts';

const megabyte = 1024 * 1024;
const largeBytes = 64 * megabyte;
const slowBytesPerSecond = 12 * megabyte;
const broken = /net::ERR_|status of 50[23]/;

const stage = setStageWithLine();

let small: string;
let large: string;

beforeAll(async () => {
  [small, large] = [join(stage.folder, 'small.bin'), join(stage.folder, 'IMG_0001.MOV')];
  await writeNoise(small, 1000);
  await writeNoise(large, largeBytes);
});

beforeEach(() => {
  stage.line.mend();
  stage.line.setRate(slowBytesPerSecond);
});

/** Sends both, and closes the page when some of the large one is durable. @returns how much of it */
const beginAndClose = async (page: Page): Promise<number> => {
  const opening = page.waitForResponse((response) => response.url().endsWith('/submissions'));
  await sendTo(page, sampleLinkOf(stage.product), [small, large]);
  const opened = (await (await opening).json()) as { submissionId: string; credential: string };
  await until('the small file', 30_000, () => page.getByText('1 of 2 files arrived').isVisible());
  await until('durable bytes of the large one', 30_000, () => durableBytes(opened));
  // Without its question: what is asked of people who leave is tried elsewhere.
  await page.close({ runBeforeUnload: false });
  stage.line.setRate(Number.POSITIVE_INFINITY);
  return until('what is kept of it', 30_000, () => durableBytes(opened));
};

const durableBytes = async (opened: {
  submissionId: string;
  credential: string;
}): Promise<number | false> => {
  const response = await fetch(`${stage.product.origin}/submissions/${opened.submissionId}`, {
    headers: { Authorization: `Bearer ${opened.credential}` },
  });
  const { files } = (await response.json()) as { files: { offsetBytes: number; sizeBytes: number }[] };
  const bytes = files.find(({ sizeBytes }) => sizeBytes === largeBytes)?.offsetBytes ?? 0;
  return bytes > 0 && bytes < largeBytes && bytes;
};

const openAgain = async (context: BrowserContext): Promise<{ page: Page; offsets: number[] }> => {
  const page = await context.newPage();
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  await page.goto(sampleLinkOf(stage.product));
  await page.getByRole('heading', { name: 'You have not finished sending' }).waitFor();
  return { page, offsets };
};

const receiptOn = async (page: Page): Promise<string[]> => {
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
  return (await shownHashes(page)).sort();
};

const hashesOf = async (...paths: string[]): Promise<string[]> =>
  (await Promise.all(paths.map(sha256Of))).sort();

test('who closes the page and opens the link again is told which file to add, and it goes on where it stopped', async () => {
  const submitter = await stage.welcome();
  submitter.expectTrouble(broken);
  const kept = await beginAndClose(submitter.page);
  const { page, offsets } = await openAgain(submitter.context);
  await page.getByText('1 file has arrived and is safe.').waitFor();
  await page.getByText('Please add 1 file again.').waitFor();
  const missing = page.locator('.item-missing');
  expect(await missing.locator('.file-name').allInnerTexts()).toEqual(['IMG_0001.MOV']);
  await missing.getByText('Please add it again').waitFor();
  // Everything is chosen once more, as people do: what has arrived is not sent again.
  await page.getByLabel('Choose files').setInputFiles([small, large]);
  expect(await receiptOn(page)).toEqual(await hashesOf(small, large));
  expect(offsets[0]).toBeGreaterThanOrEqual(kept);
  await submitter.leave();
});

test('who comes back is asked for files whose turn had not come, too; nothing is finished by opening the link', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `report ${index}.bin`);
  const paths = names.map((name) => join(stage.folder, name));
  await Promise.all(paths.map((path) => writeNoise(path, 2 * megabyte)));
  const submitter = await stage.welcome();
  submitter.expectTrouble(broken);
  stage.line.setRate(megabyte);
  await sendTo(submitter.page, sampleLinkOf(stage.product), paths);
  await until('the first files', 60_000, () => submitter.page.locator('.item-arrived').first().isVisible());
  await submitter.page.close({ runBeforeUnload: false });
  stage.line.setRate(Number.POSITIVE_INFINITY);
  const { page } = await openAgain(submitter.context);
  const missing = await page.locator('.item-missing .file-name').allInnerTexts();
  const arrived = await page.locator('.item-arrived .file-name').allInnerTexts();
  expect([...missing, ...arrived].sort()).toEqual(names);
  expect(missing.length).toBeGreaterThan(3);
  await page.getByLabel('Choose files').setInputFiles(paths);
  expect(await receiptOn(page)).toEqual(await hashesOf(...paths));
  await submitter.leave();
});

test('a file that is another one now is sent from its beginning, under the same name; whether it is the right one is asked', async () => {
  const submitter = await stage.welcome();
  submitter.expectTrouble(broken);
  await beginAndClose(submitter.page);
  const { page, offsets } = await openAgain(submitter.context);
  // As a phone does: the same photo, made into another file when it is chosen again.
  const changed = join(await mkdtemp(join(stage.folder, 'again-')), 'IMG_0001.MOV');
  await copyFile(large, changed);
  const { atime, mtime } = await stat(large);
  await truncate(changed, largeBytes - 7);
  await utimes(changed, atime, mtime);
  await page.getByLabel('Choose files').setInputFiles([changed]);
  await page.getByText('was sent in place of another one of its name').waitFor({ timeout: 45_000 });
  await page.getByText('with other contents').waitFor();
  await page.getByRole('button', { name: 'Finish with' }).click();
  expect(await receiptOn(page)).toEqual(await hashesOf(small, changed));
  expect(offsets[0] ?? 0).toBe(0);
  expect(await page.locator('.slip-files .file-name').allInnerTexts()).toEqual(
    expect.arrayContaining(['IMG_0001.MOV']),
  );
  await submitter.leave();
});

test('what is missing may be taken off the list, or all of it, for a new sending', async () => {
  const submitter = await stage.welcome();
  submitter.expectTrouble(broken);
  await beginAndClose(submitter.page);
  const first = await openAgain(submitter.context);
  await first.page.getByRole('button', { name: 'Start a new submission' }).click();
  expect(await first.page.getByLabel('Your name').isEnabled()).toBe(true);
  expect(await first.page.locator('.item').count()).toBe(0);
  await first.page.close();
  const { page } = await openAgain(submitter.context);
  // Nor by taking the last one off the list.
  await page.locator('.item-missing').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Finish with this file' }).click();
  expect(await receiptOn(page)).toEqual(await hashesOf(small));
  await submitter.leave();
});

test('another browser with the same link sees nothing of it, and a second window keeps out of its way', async () => {
  const submitter = await stage.welcome();
  submitter.expectTrouble(broken);
  await beginAndClose(submitter.page);
  const { page } = await openAgain(submitter.context);
  const stranger = await stage.welcome({ locale: 'ja-JP' });
  await stranger.page.goto(sampleLinkOf(stage.product));
  await stranger.page.getByLabel('お名前').waitFor();
  expect(await stranger.page.content()).not.toContain('IMG_0001.MOV');
  await stranger.leave();
  // Nor do two windows of one browser send the same.
  const second = await submitter.context.newPage();
  await second.goto(sampleLinkOf(stage.product));
  await second.getByText('is open in another window').waitFor();
  expect(await second.getByLabel('Your name').isEnabled()).toBe(true);
  await page.close();
  await second.reload();
  await second.getByRole('heading', { name: 'You have not finished sending' }).waitFor();
  await submitter.leave();
});
