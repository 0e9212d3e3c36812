import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { filesBelow, sha256Of, writeNoise } from './support/files.ts';
import { sampleLinkOf } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { until } from './support/until.ts';

const limitMs = 120_000;

const stage = setStage();

/** SHA-256 by the path as it is seen. */
const sent = new Map<string, string>();

beforeAll(async () => {
  for (let number = 0; number < 300; number += 1) {
    const path = `監査資料/${String(number % 12).padStart(2, '0')}月/グループ${number % 5}/証憑ガイド ${number}.pdf`;
    // As macOS writes it: two characters for each that is seen as one.
    const onDisk = join(stage.folder, path.normalize('NFD'));
    await mkdir(dirname(onDisk), { recursive: true });
    sent.set(path, await writeNoise(onDisk, number * 700));
  }
  await writeFile(join(stage.folder, '監査資料'.normalize('NFD'), '.DS_Store'), 'of the computer');
});

test('300 files in folders from a Mac arrive in their folders, under the names that people see', async () => {
  const submitter = await stage.welcome({
    locale: 'ja-JP',
    viewport: { width: 360, height: 740 },
  });
  const { page } = submitter;
  await page.goto(sampleLinkOf(stage.product));
  await page.getByLabel('お名前').fill('経理部');
  await page.getByLabel('フォルダーを選択').setInputFiles(join(stage.folder, '監査資料'.normalize('NFD')));
  await page.getByText('300ファイルを追加しました。').first().waitFor({ state: 'attached' });
  await page.getByRole('button', { name: '送信する' }).click();
  await page.getByRole('heading', { name: 'すべて受け取りました' }).waitFor({ timeout: limitMs });
  const received = await page
    .locator('.slip-files li')
    .evaluateAll((rows) =>
      rows.map((each) => [
        each.querySelector('.file-name')?.textContent ?? '',
        each.querySelector('.hash')?.textContent ?? '',
      ]),
    );
  // Not normalised: that is the point.
  expect(new Map(received as [string, string][])).toEqual(sent);
  await submitter.leave();

  const files = await until('every file in the import folder', limitMs, async () => {
    const found = (await filesBelow(stage.product.importDir)).filter((path) => path.endsWith('.pdf'));
    return found.length === sent.size && found;
  });
  const delivered = await Promise.all(
    files.map(async (path) => [
      path.slice(path.indexOf('監査資料')),
      await sha256Of(join(stage.product.importDir, path)),
    ]),
  );
  expect(new Map(delivered as [string, string][])).toEqual(sent);
});
