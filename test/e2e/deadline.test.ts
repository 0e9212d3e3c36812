import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { askFor, sendTo, sentShare, shownHashes, signIn } from './support/request.ts';
import { setStageWithLine } from './support/stage.ts';
import { until } from './support/until.ts';

const largeBytes = 48 * 1024 * 1024;
const minuteMs = 60_000;

const stage = setStageWithLine();

/** In the portal's zone, as the form takes it: `2026-11-26T18:05`. */
const inTokyo = (at: Date): string => new Date(at.getTime() + 9 * 3_600_000).toISOString().slice(0, 16);

test('a file that was begun in time arrives after the deadline and is marked late; its page may even be closed meanwhile', async () => {
  const paths = [join(stage.folder, 'first.bin'), join(stage.folder, 'second.bin')];
  const hashes = await Promise.all(paths.map((path) => writeNoise(path, largeBytes)));
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  // The next full minute that leaves time to begin.
  const deadline = new Date(Math.ceil((Date.now() + 15_000) / minuteMs) * minuteMs);
  const link = await askFor(staff.page, stage.product, { title: 'In time', deadline: inTokyo(deadline) });
  await staff.leave();

  const abroad = await stage.welcome({ timezoneId: 'America/New_York' });
  await abroad.page.goto(link);
  await abroad.page.getByText(/^In your time zone: /).waitFor();
  await abroad.leave();

  const submitter = await stage.welcome();
  submitter.expectTrouble(/status of 410/);
  const leaver = await stage.welcome();
  leaver.expectTrouble(/status of 410|net::ERR_/);
  stage.line.setRate(1024 * 1024);
  await sendTo(submitter.page, link, paths.slice(0, 1));
  await sendTo(leaver.page, link, paths.slice(1));
  expect(await submitter.page.getByText('In your time zone').isVisible()).toBe(false);
  for (const { page } of [submitter, leaver])
    await until('the first bytes', 30_000, async () => (await sentShare(page)) > 0);
  expect(Date.now()).toBeLessThan(deadline.getTime());

  const stranger = await stage.welcome();
  stranger.expectTrouble(/status of 410/);
  await until('the end of the time', 2 * minuteMs, async () => {
    const response = await stranger.page.goto(link);
    return response?.status() === 410;
  });
  await stranger.page.getByRole('heading', { name: 'closed' }).waitFor();
  await stranger.leave();

  await leaver.page.close({ runBeforeUnload: false });
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await submitter.page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
  expect(await shownHashes(submitter.page)).toEqual(hashes.slice(0, 1));
  await submitter.page.getByRole('link', { name: 'Open the receipt' }).click();
  await submitter.page.getByText('after the deadline').first().waitFor();
  await submitter.leave();

  const page = await leaver.context.newPage();
  await page.goto(link);
  await page.getByText('Only files that were begun in time are still taken.').waitFor();
  await page.getByLabel('Choose files').setInputFiles(paths[1] ?? '');
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
  expect(await shownHashes(page)).toEqual(hashes.slice(1));
  await leaver.leave();
});

test('a request that staff close before anything has arrived, or before it is sent: nothing of it was sent, and nothing more can be chosen', async () => {
  const large = join(stage.folder, 'nothing.bin');
  await writeNoise(large, largeBytes);
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const link = await askFor(staff.page, stage.product, { title: 'Closed at once' });
  const [midway, early] = [await stage.welcome(), await stage.welcome()];
  for (const each of [midway, early]) each.expectTrouble(/status of 4|net::ERR_/);
  await early.page.goto(link);
  await early.page.getByLabel('Your name').fill('A submitter');
  await early.page.getByLabel('Choose files').setInputFiles(large);
  stage.line.setRate(1024 * 1024);
  await sendTo(midway.page, link, [large]);
  await until('the first bytes', 30_000, async () => (await sentShare(midway.page)) > 0);
  expect(await midway.page.getByLabel('Choose files').count()).toBe(1);
  await staff.page.getByRole('button', { name: 'Close' }).click();
  await staff.page.getByText('Closed', { exact: true }).waitFor();
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await early.page.getByRole('button', { name: 'Send' }).click();
  for (const { page } of [early, midway]) {
    await page.getByRole('heading', { name: 'This collection is closed' }).waitFor({ timeout: 60_000 });
    await page.getByText('Nothing from this page was sent').waitFor();
    expect(await page.locator('.item-failed .file-name').allInnerTexts()).toEqual(['nothing.bin']);
    expect(await page.locator('form.send').locator('input, button').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('receipt-heading');
  }
  await staff.leave();
  await early.leave();
  await midway.leave();
});

test('a request that staff close in the middle: the page says what was received and what was not', async () => {
  const [small, large] = [join(stage.folder, 'small.bin'), join(stage.folder, 'large.bin')];
  const kept = await writeNoise(small, 1000);
  await writeNoise(large, largeBytes);
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const link = await askFor(staff.page, stage.product, { title: 'Closed early' });
  const submitter = await stage.welcome();
  submitter.expectTrouble(/status of 4|net::ERR_/);
  stage.line.setRate(2 * 1024 * 1024);
  await sendTo(submitter.page, link, [small, large]);
  await until('the small file', 30_000, () => submitter.page.locator('.item-arrived').isVisible());
  await staff.page.getByRole('button', { name: 'Close' }).click();
  await staff.page.getByText('Closed', { exact: true }).waitFor();
  stage.line.setRate(Number.POSITIVE_INFINITY);
  await submitter.page
    .getByRole('heading', { name: '1 of 2 files were received' })
    .waitFor({ timeout: 60_000 });
  expect(await shownHashes(submitter.page)).toEqual([kept]);
  const rest = submitter.page.locator('.slip-files li').filter({ hasText: 'large.bin' });
  await rest.getByText('Not stored').waitFor();
  await submitter.page.getByText('You can close this page.').waitFor();
  await submitter.page.getByText('The collection is closed: no more files are taken.').waitFor();
  await staff.leave();
  await submitter.leave();
});
