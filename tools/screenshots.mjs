/**
 * Takes the pictures in `docs/screenshots` from the running product, which speaks to the stand-in as to any Nextcloud.
 *   node tools/build.mjs --assets-only && npx tsx tools/screenshots.mjs
 * Wants a Chromium and a Japanese font.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeNoise } from '../test/e2e/support/files.ts';
import { startLine } from '../test/e2e/support/line.ts';
import { startProduct } from '../test/e2e/support/product.ts';
import { askFor, reloadUntil, sentShare, signIn } from '../test/e2e/support/request.ts';
import { until } from '../test/e2e/support/until.ts';
import { openBrowser, welcome } from '../test/e2e/support/visitor.ts';
import { startStandin } from '../test/standins/nextcloud/standin.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'docs/screenshots');
const megabyte = 1024 * 1024;
const slowBytesPerSecond = 6 * megabyte;
const phone = { locale: 'ja-JP', viewport: { width: 360, height: 800 }, deviceScaleFactor: 2 };
const deadlineIn = (days) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T17:00`;

const take = async (page, name, options = {}) => {
  await page.screenshot({ path: join(target, `${name}.png`), ...options });
  console.log(`docs/screenshots/${name}.png`);
};

const submit = async (browser, product, line, link, files) => {
  const submitter = await welcome(browser, product, phone);
  const { page } = submitter;
  await page.goto(link);
  await page.getByLabel('お名前').fill('株式会社ヤマダ商事 山田 花子');
  await page.getByLabel('部署').fill('経理部');
  await page.getByLabel('ファイルを選択').setInputFiles(files);
  await page.evaluate(() => document.activeElement?.blur());
  await take(page, 'submit-ja', { fullPage: true });
  line.setRate(slowBytesPerSecond);
  await page.getByRole('button', { name: '送信する' }).click();
  await until('the middle', 60_000, async () => (await sentShare(page)) > 0.55);
  await page.evaluate(() => document.querySelector('.sending')?.scrollIntoView());
  await take(page, 'sending-ja');
  await page.close({ runBeforeUnload: false });
  line.setRate(Number.POSITIVE_INFINITY);
  await comeBack(await submitter.context.newPage(), link, files);
  await submitter.leave();
};

const comeBack = async (page, link, files) => {
  await page.goto(link);
  await page.getByRole('heading', { name: '送付が完了していません' }).waitFor();
  await page.evaluate(() => document.querySelector('.unfinished')?.scrollIntoView());
  await take(page, 'coming-back-ja');
  await page.getByLabel('ファイルを選択').setInputFiles(files);
  await page.getByRole('link', { name: '受取証を開く' }).click();
  await page.getByRole('heading', { level: 1, name: '受取証' }).waitFor();
  await take(page, 'receipt-ja', { fullPage: true });
};

const show = async (browser, product, files, line) => {
  const staff = await welcome(browser, product, { viewport: { width: 1280, height: 900 } });
  await signIn(staff.page, product);
  await askFor(staff.page, product, {
    title: 'Photographs of the building site, Hamburg',
    deadline: deadlineIn(3),
  });
  const link = await askFor(staff.page, product, {
    title: '第3四半期 取引先別レポートの提出',
    instructions: 'お取引先ごとに、月次レポートと検収書の写しをお送りください。',
    deadline: deadlineIn(10),
    question: { label: '部署', required: true },
  });
  const address = staff.page.url();
  await submit(browser, product, line, link, files);
  await staff.page.goto(address);
  await reloadUntil(staff.page, 'Delivered', 60_000);
  await take(staff.page, 'request', { fullPage: true, clip: { x: 0, y: 0, width: 1280, height: 1500 } });
  await staff.page.goto(`${product.origin}/staff`);
  await take(staff.page, 'requests', { fullPage: true });
  await staff.leave();
};

const main = async () => {
  await mkdir(target, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'uketori-pictures-'));
  const ending = [() => rm(folder, { recursive: true, force: true })];
  try {
    const files = ['月次レポート 10月.xlsx', '検収書の写し.pdf', '現場の動画.mp4'].map((name) =>
      join(folder, name),
    );
    const sizes = [2.3 * megabyte, 0.18 * megabyte, 60 * megabyte];
    for (const [index, path] of files.entries()) await writeNoise(path, Math.round(sizes[index]));
    const standin = await startStandin({ theming: { name: '株式会社みどり 経理部', color: '#3b7a57' } });
    ending.unshift(() => standin.close());
    const product = await startProduct({
      NEXTCLOUD_URL: standin.url,
      NEXTCLOUD_USER: standin.user.id,
      NEXTCLOUD_APP_PASSWORD: standin.user.appPassword,
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
    });
    ending.unshift(() => product.stop());
    const line = await startLine(product.port);
    ending.unshift(() => line.close());
    const browser = await openBrowser(product, line);
    ending.unshift(() => browser.close());
    await show(browser, product, files, line);
  } finally {
    for (const end of ending) await end();
  }
};

await main();
