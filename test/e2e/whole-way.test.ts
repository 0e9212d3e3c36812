import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { filesBelow, sha256Of, writeNoise } from './support/files.ts';
import { askFor, reloadUntil, signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { until } from './support/until.ts';
import { type Visitor } from './support/visitor.ts';

const title = '十一月の月次レポート';
const question = '部署';

const stage = setStage();

let link: string;
let receiptNumber: string;
/** SHA-256 by the path as it was sent. */
const sent = new Map<string, string>();

beforeAll(async () => {
  for (const [path, sizeBytes] of [
    ['見積書.pdf', 300_000],
    ['報告書/本文.docx', 1_500_000],
    // As macOS writes it: two characters for each that is seen as one.
    [`報告書/${'ガイドプラン'.normalize('NFD')}.txt`, 1000],
    ['報告書/図/売上 2026年.csv', 0],
  ] as const) {
    await mkdir(dirname(join(stage.folder, path)), { recursive: true });
    sent.set(path.normalize('NFC'), await writeNoise(join(stage.folder, path), sizeBytes));
  }
  await writeFile(join(stage.folder, '報告書/.DS_Store'), 'of the computer, not of the person');
});

test('staff sign in with the printed password and open a request, which comes with its link and its proof', async () => {
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const deadline = `${new Date().getFullYear() + 1}-01-31T17:00`;
  link = await askFor(staff.page, stage.product, {
    title,
    instructions: 'レポート一式をお送りください。',
    deadline,
    question: { label: question, required: true },
  });
  expect(link).toMatch(new RegExp(`^${stage.product.origin}/r/[A-Za-z0-9_-]{30,}$`));
  await staff.page.getByText('Upload-only').first().waitFor();
  const checks = staff.page.locator('.checks li');
  expect(await checks.count()).toBeGreaterThan(2);
  expect(await staff.page.locator('.check-failed').count()).toBe(0);
  await staff.page.getByRole('link', { name: 'To the requests' }).click();
  await staff.page.getByRole('link', { name: title, exact: true }).waitFor();
  await staff.leave();
});

test('a submitter at 360 px, in Japanese, sends files and a folder and gets a receipt with their SHA-256', async () => {
  const submitter = await stage.welcome({
    locale: 'ja-JP',
    viewport: { width: 360, height: 740 },
  });
  const { page } = submitter;
  await page.goto(link);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByLabel('お名前').fill('山田 花子');
  await page.getByLabel(question).fill('経理部');
  await page.getByLabel('ファイルを選択').setInputFiles(join(stage.folder, '見積書.pdf'));
  await page.getByLabel('フォルダーを選択').setInputFiles(join(stage.folder, '報告書'));
  await page.getByText('システムファイル1個を除外しました。').first().waitFor();
  expect(await namesOn(submitter, '.items')).toEqual([...sent.keys()].sort());
  await expectNothingBeside(submitter);

  await page.getByRole('button', { name: '送信する' }).click();
  await page.getByRole('heading', { name: 'すべて受け取りました' }).waitFor({ timeout: 60_000 });
  await expectNothingBeside(submitter);
  await page.getByRole('link', { name: '受取証を開く' }).click();
  await page.getByRole('heading', { level: 1, name: '受取証' }).waitFor();
  receiptNumber = await page.locator('.slip-head .number').innerText();
  const received = await page
    .locator('.slip-files > li')
    .evaluateAll((items) =>
      items.map((item) => [
        item.querySelector('.file-name')?.textContent ?? '',
        item.querySelector('.hash')?.textContent ?? '',
      ]),
    );
  expect(new Map(received.map(([path = '', hash]) => [path.normalize('NFC'), hash]))).toEqual(sent);
  await expectNothingBeside(submitter);
  await submitter.leave();
});

test('the files and their manifest are in the import folder, byte for byte', async () => {
  const manifestPath = await until('a manifest', 60_000, async () =>
    (await filesBelow(stage.product.importDir)).find((path) => path.endsWith('manifest.json')),
  );
  const manifest = JSON.parse(await readFile(join(stage.product.importDir, manifestPath), 'utf8')) as {
    receiptNumber: string;
    submitter: { name: string };
    answers: { label: string; value: string }[];
    files: { sentName: string; path: string; sha256: string }[];
  };
  expect(manifest).toMatchObject({ receiptNumber, submitter: { name: '山田 花子' } });
  expect(manifest.answers).toEqual([expect.objectContaining({ label: question, value: '経理部' })]);
  const listed = manifest.files.map((file) => [file.path.normalize('NFC'), file.sha256] as const);
  expect(new Map(listed)).toEqual(sent);
  const place = join(stage.product.importDir, dirname(manifestPath));
  const found = (await filesBelow(place)).filter((path) => !path.endsWith('manifest.json'));
  const hashes = await Promise.all(
    found.map(async (path) => [path.normalize('NFC'), await sha256Of(join(place, path))] as const),
  );
  expect(new Map(hashes)).toEqual(sent);
});

test('staff see the submission, its answers, and every file as handed on', async () => {
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  await staff.page.getByRole('link', { name: title, exact: true }).click();
  await reloadUntil(staff.page, 'Delivered', 60_000);
  await staff.page.locator('.submission-head').getByText(receiptNumber, { exact: true }).waitFor();
  await staff.page.getByText('経理部').waitFor();
  const states = await staff.page.locator('.submission-files .slip-facts > span').allInnerTexts();
  expect(states).toEqual([...sent].map(() => 'Handed on'));
  await staff.leave();
});

const namesOn = async ({ page }: Visitor, list: string): Promise<string[]> =>
  (await page.locator(`${list} .file-name`).allInnerTexts()).map((name) => name.normalize('NFC')).sort();

/** A page that is wider than its window has to be pushed from side to side. */
const expectNothingBeside = async ({ page }: Visitor): Promise<void> => {
  const { width, window } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(width).toBe(window);
};
