import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { filesBelow } from './support/files.ts';
import { mailedPage } from './support/mailed.ts';
import { reloadUntil, signIn, unfold } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { until } from './support/until.ts';
import type { Visitor } from './support/visitor.ts';

const minuteMs = 60_000;
const title = 'Annual statements';
const template = 'Statements of a year';
const address = 'third@example.org';

/** One collection, from its template to the archive, with what happens to real ones in between. */
const stage = setStage();

let staff: Visitor;
let link: string;
let requestUrl: string;
let deadline: Date;

beforeAll(async () => {
  for (const name of ['statement.txt', 'wrong.txt', 'late.txt'])
    await writeFile(join(stage.folder, name), name.repeat(1000));
  staff = await stage.welcome();
  await signIn(staff.page, stage.product);
});

test('staff save a template, and open a request from it', async () => {
  const { page } = staff;
  await page.getByRole('link', { name: 'New request' }).first().click();
  await unfold(page);
  await page.getByLabel('Title').fill(template);
  await page.getByLabel('Instructions').fill('Please send the **signed** statement.');
  const item = page.getByRole('group', { name: 'Item 1' });
  await item.getByLabel('Name of the item').fill('Statement');
  await item.getByLabel('Accepted name endings').fill('txt');
  await page.getByRole('button', { name: 'Save as a template' }).click();
  await page.getByRole('heading', { level: 1, name: 'Templates' }).waitFor();

  await page.getByRole('link', { name: template }).click();
  await page.getByText(`Filled in from the template “${template}”`).waitFor();
  await unfold(page);
  await page.getByLabel('Title').fill(title);
  // The next full minute that leaves time for those who send before it.
  deadline = new Date(Math.ceil((Date.now() + 30_000) / minuteMs) * minuteMs);
  await page.getByLabel('Deadline').fill(inTokyo(deadline));
  await page.getByLabel('Grace, in minutes').fill('60');
  await page.getByLabel('Take-back window').fill('1');
  await page.getByRole('button', { name: 'Open the request' }).click();
  link = await page.getByLabel('Link for submitters').inputValue();
  requestUrl = page.url();
  await page.getByText('Upload-only').first().waitFor();
  expect(await page.locator('.markdown strong').first().innerText()).toBe('signed');
});

test('the first sends in time, and takes a file back while that is possible', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  await sendAs(page, 'First', ['statement.txt', 'wrong.txt']);
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  await page.getByLabel('wrong.txt').check();
  await page.getByRole('button', { name: 'Take back…' }).click();
  await page.getByRole('button', { name: 'Take back', exact: true }).click();
  await page.getByText('1 file is taken back').waitFor();
  expect(Date.now()).toBeLessThan(deadline.getTime());
  await submitter.leave();
});

test('the third gets it by a mail share of Nextcloud’s, and leaves a file on its page', async () => {
  const { page } = staff;
  await page.goto(requestUrl);
  await page.getByText('Send it to mail addresses').click();
  await page.getByLabel('Mail addresses').fill(address);
  await page.getByRole('button', { name: 'Send it', exact: true }).click();
  const sent = page.getByRole('listitem').filter({ hasText: address });
  await sent.getByText('Sent', { exact: true }).waitFor();
  await (await mailedPage(stage.product, address)).leave('Third', 'mailed.txt', 'by mail share');
  expect(Date.now()).toBeLessThan(deadline.getTime());
  await page.getByRole('button', { name: 'Look for files now' }).click();
  await page.getByText('Nextcloud is being asked').waitFor();
});

test('the second sends after the deadline, and is marked as late for both sides', async () => {
  const submitter = await stage.welcome();
  const { page } = submitter;
  await until('the deadline', 2 * minuteMs, () => Date.now() > deadline.getTime());
  await sendAs(page, 'Second', ['late.txt']);
  await page.getByRole('link', { name: 'Open the receipt' }).click();
  await page.getByText('after the deadline').first().waitFor();
  await submitter.leave();
  await staff.page.goto(requestUrl);
  await submission(staff.page, 'Second').getByText('Late', { exact: true }).waitFor();
  expect(await submission(staff.page, 'First').getByText('Late', { exact: true }).count()).toBe(0);
});

test('what the third left shows with the others, not marked as late', async () => {
  // It has to stand still for half a minute, of which most went by until the deadline.
  await reloadUntil(staff.page, 'Third', minuteMs);
  const third = submission(staff.page, 'Third');
  await third.getByText('mailed.txt').first().waitFor();
  expect(await third.getByText('Late', { exact: true }).count()).toBe(0);
});

test('what was sent is imported, but for what was taken back', async () => {
  await expect
    .poll(
      async () => {
        await staff.page.goto(requestUrl);
        return staff.page.locator('.submission .deliveries .badge').allInnerTexts();
      },
      { timeout: 2.5 * minuteMs, interval: 1000 },
    )
    .toEqual(['Delivered', 'Delivered', 'Delivered']);
  const names = (await filesBelow(stage.product.importDir)).map((path) => path.split('/').at(-1));
  const texts = new Set(names.filter((name) => name?.endsWith('.txt')));
  expect(texts).toEqual(new Set(['late.txt', 'mailed.txt', 'statement.txt']));
});

test('staff close the request, whose link takes nothing more, and archive it', async () => {
  const { page } = staff;
  await page.goto(requestUrl);
  await page.getByRole('button', { name: 'Close the request' }).click();
  await page.getByText('Closed', { exact: true }).first().waitFor();
  const late = await stage.welcome();
  late.expectTrouble(/status of 410/);
  expect((await late.page.goto(link))?.status()).toBe(410);
  await late.leave();
  await page.getByRole('button', { name: 'Archive it' }).click();
  await page.getByText('Archived', { exact: true }).first().waitFor();
  await submission(page, 'First').getByText('statement.txt').first().waitFor();
  await page.getByRole('link', { name: 'To the requests' }).click();
  await page.getByRole('link', { name: /^Archived/ }).click();
  await page.getByRole('link', { name: title }).waitFor();
  await staff.leave();
});

const inTokyo = (at: Date): string => new Date(at.getTime() + 9 * 3_600_000).toISOString().slice(0, 16);

const sendAs = async (page: Page, name: string, files: string[]): Promise<void> => {
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  await page
    .getByLabel('Choose files Statement')
    .setInputFiles(files.map((file) => join(stage.folder, file)));
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
};

const submission = (page: Page, name: string) =>
  page.locator('.submission', { has: page.getByRole('heading', { name }) });
