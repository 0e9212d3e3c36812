import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { sampleLinkOf, sendTo } from './support/request.ts';
import { setStage } from './support/stage.ts';

const stage = setStage();

let right: string;
let wrong: string;
let receipt: string;

beforeAll(async () => {
  right = join(stage.folder, '検収書.pdf');
  wrong = join(stage.folder, 'wrong.bin');
  // More than one piece as the browser reads them.
  await writeNoise(right, 9_000_001);
  await writeNoise(wrong, 1000);
});

/** How many of these are seen. */
const shown = (elements: Element[]): number => elements.filter((element) => element.checkVisibility()).length;

test('a receipt is printed without its buttons, and saved as text from its page, which leads to the page that checks it', async () => {
  const visitor = await stage.welcome();
  const { page } = visitor;
  await sendTo(page, sampleLinkOf(stage.product), [right]);
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  await page.getByRole('heading', { level: 1, name: 'Receipt' }).waitFor();
  const number = await page.locator('.slip-head .number').innerText();
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.languages, .button').evaluateAll(shown)).toBe(0);
  expect(await page.getByText(`${stage.product.origin}/verify`).isVisible()).toBe(true);
  await page.emulateMedia({ media: 'screen' });
  expect(await page.locator('.languages, .button').evaluateAll(shown)).toBeGreaterThan(2);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save as text' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`${number}.txt`);
  receipt = await readFile(await download.path(), 'utf8');
  await page.getByRole('link', { name: `${stage.product.origin}/verify` }).click();
  await page.getByRole('heading', { level: 1, name: 'Check a receipt' }).waitFor();
  await visitor.leave();
});

test('pasted it is genuine; the right file is the one, another is not, and no file leaves the browser', async () => {
  const visitor = await stage.welcome({ viewport: { width: 320, height: 700 } });
  const { page } = visitor;
  await page.goto(`${stage.product.origin}/verify`);
  await page.getByLabel('Text of the receipt').fill(receipt);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('heading', { level: 1, name: 'This receipt is genuine' }).waitFor();
  expect(await page.title()).toContain('This receipt is genuine');
  await page.locator('.slip-files').getByText('検収書.pdf').waitFor();

  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const files = page.getByLabel('Files to compare');
  await files.setInputFiles(right);
  const verdict = page.locator('#compare-list li');
  await verdict.filter({ hasText: 'This is the file: it is file 1' }).waitFor();
  expect(await page.locator('#compare-status').innerText()).toContain('This is the file');

  await writeFile(join(stage.folder, 'renamed.pdf'), await readFile(right));
  await files.setInputFiles([wrong, join(stage.folder, 'renamed.pdf')]);
  await verdict.nth(0).filter({ hasText: 'nothing on the receipt has this content' }).waitFor();
  await verdict.nth(1).filter({ hasText: 'This is the file: it is file 1' }).waitFor();
  const { width, window } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(width).toBe(window);
  expect(asked.filter((line) => !line.startsWith('GET /assets/hash-worker-'))).toEqual([]);
  await visitor.leave();
});

test('changed it is not genuine, and without JavaScript a SHA-256 is compared', async () => {
  const visitor = await stage.welcome({ javaScriptEnabled: false, locale: 'ja-JP' });
  const { page } = visitor;
  visitor.expectTrouble(/the server responded with a status of 422 /);
  await page.goto(`${stage.product.origin}/verify`);
  await page
    .getByLabel('受取証のテキスト', { exact: true })
    .fill(receipt.replace('File 1: "検収書', 'File 1: "請求書'));
  await page.getByRole('button', { name: '確認する' }).click();
  await page.getByRole('heading', { level: 1, name: 'この受取証は本物と確認できません' }).waitFor();
  const path = join(stage.folder, 'receipt.txt');
  await writeFile(path, receipt);
  await page.getByLabel('または、受取証のテキストファイル').setInputFiles(path);
  await page.getByLabel('照合するSHA-256').fill(/SHA-256: (\w+)/.exec(receipt)?.[1] ?? '');
  await page.getByRole('button', { name: '確認する' }).click();
  await page.getByRole('heading', { level: 1, name: 'この受取証は本物です' }).waitFor();
  await page.getByText('このSHA-256は、次のファイル（1番目）のものです').waitFor();
  expect(await page.getByLabel('照合するファイル').isVisible()).toBe(false);
  await visitor.leave();
});
