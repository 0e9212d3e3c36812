import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { beforeAll, expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { askFor, sendTo, signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { type Visitor } from './support/visitor.ts';

const stage = setStage();

let submitter: Visitor;
/** Handed on at once, and after ten minutes. */
let links: { now: string; later: string };

beforeAll(async () => {
  for (const name of ['right.pdf', 'wrong.pdf', 'mended.pdf'])
    await writeNoise(join(stage.folder, name), 50_000);
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  links = {
    now: await askFor(staff.page, stage.product, { title: 'Handed on at once' }),
    later: await askFor(staff.page, stage.product, { title: 'Handed on later', takeBackMinutes: 10 }),
  };
  await staff.leave();
  submitter = await stage.welcome();
});

test('the receipt’s page goes from the first moment to “handed on” without being loaded again', async () => {
  const begun = (await (
    await fetch(`${links.now}/submissions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'A program' }),
    })
  ).json()) as { submissionId: string; credential: string };
  const headers = { authorization: `Bearer ${begun.credential}` };
  const address = `${stage.product.origin}/submissions/${begun.submissionId}`;
  const { receiptUrl } = (await (await fetch(address, { headers })).json()) as { receiptUrl: string };
  const watcher = await stage.welcome();
  const { page } = watcher;
  await page.goto(`${stage.product.origin}${receiptUrl}`);
  await page.getByRole('heading', { level: 1, name: 'Not finished yet' }).waitFor();
  await page.evaluate(() => document.body.setAttribute('data-loaded', 'once'));
  await upload(headers, 'report.pdf');
  await page.locator('.step-done', { hasText: 'Stored and verified' }).waitFor();
  await fetch(`${address}/finish`, { method: 'POST', headers });
  await page.getByRole('heading', { level: 1, name: 'Receipt' }).waitFor();
  await page.locator('.step-done', { hasText: 'Handed on' }).waitFor({ timeout: 30_000 });
  expect(await page.locator('body').getAttribute('data-loaded')).toBe('once');
  expect(await page.locator('#receipt-said').innerText()).toMatch(
    /report\.pdf: Handed on|The receipt is shown/,
  );
  await watcher.leave();
});

test('a file is taken back on the receipt’s page, and the right one added in its place', async () => {
  const { page } = submitter;
  await sendTo(page, links.later, [join(stage.folder, 'right.pdf'), join(stage.folder, 'wrong.pdf')]);
  await page.getByText('Forget on this device').waitFor();
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  const first = await page.locator('.slip-head .number').innerText();
  await page.getByText('You can take files back until').waitFor();
  await page.getByLabel('wrong.pdf').check();
  await page.getByRole('button', { name: 'Take back…' }).click();
  await page.getByRole('heading', { level: 1, name: 'Take these files back?' }).waitFor();
  expect(await page.locator('.slip-files .file-name').allInnerTexts()).toEqual(['wrong.pdf']);
  await page.getByRole('button', { name: 'Take back', exact: true }).click();
  await page.getByText('1 file is taken back').waitFor();
  expect(await page.locator('.slip-withdrawn .file-name').allInnerTexts()).toEqual(['wrong.pdf']);

  await page.getByRole('link', { name: 'Add files' }).click();
  await page.getByText(`Adds to receipt ${first}`).waitFor();
  await page.getByText('A submitter').waitFor();
  expect(await page.getByLabel('Your name').count()).toBe(0);
  await page.getByLabel('Choose files').setInputFiles(join(stage.folder, 'mended.pdf'));
  expect(await page.getByText('Forget on this device').count()).toBe(0);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('.slip').getByText(`Adds to receipt ${first}`).waitFor();
  await page.getByText('Forget on this device').waitFor();
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  await page.locator('.slip-head', { hasText: 'Adds to receipt' }).getByText(first).waitFor();
});

test('a reader elsewhere is told each moment by their own clock, too, also on what is drawn later', async () => {
  const abroad = await stage.welcome({ timezoneId: 'America/New_York' });
  const { page } = abroad;
  await sendTo(page, links.later, [join(stage.folder, 'right.pdf')]);
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  const own = page.getByText(/^In your time zone: .*(GMT-[45]|E[SD]T)$/);
  for (const place of ['.take-back-form', '.slip-head', '.step-done'])
    await page.locator(place).filter({ has: own }).first().waitFor();
  const count = await own.count();
  await page.evaluate(() => {
    const time = document.querySelector('.slip-head time');
    const copy = time?.cloneNode(true) as HTMLElement;
    delete copy.dataset.told;
    const line = document.createElement('p');
    line.append(copy);
    document.querySelector('.slip')?.append(line);
  });
  await expect.poll(() => own.count()).toBe(count + 1);
  await page.goto(links.later);
  await page.getByRole('region', { name: 'Sent from this browser' }).filter({ has: own }).waitFor();
  await abroad.leave();
});

test('the link shows again what was sent from this browser, until it is to be forgotten', async () => {
  const { page } = submitter;
  await page.goto(links.later);
  const list = page.getByRole('region', { name: 'Sent from this browser' });
  await list.waitFor();
  expect(await list.getByRole('listitem').count()).toBe(2);
  const stranger = await stage.welcome();
  await stranger.page.goto(links.later);
  await stranger.page.getByLabel('Your name').waitFor();
  expect(await stranger.page.getByText('Sent from this browser').count()).toBe(0);
  await stranger.leave();
  // What it means is read before it can be done.
  const forget = list.getByRole('button', { name: 'Forget now' });
  expect(await forget.isVisible()).toBe(false);
  await list.getByText('Forget on this device').click();
  await list.getByText('Only the address of a receipt leads back to it').waitFor();
  await forget.click();
  await page.getByLabel('Your name').waitFor();
  expect(await page.getByText('Sent from this browser').count()).toBe(0);
  await submitter.leave();
});

const upload = (headers: Record<string, string>, filename: string): Promise<void> =>
  new Promise((resolve, reject) => {
    new Upload(Buffer.from('a report'), {
      endpoint: `${stage.product.origin}/uploads`,
      headers,
      metadata: { filename },
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(),
    }).start();
  });
