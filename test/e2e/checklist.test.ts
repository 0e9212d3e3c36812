import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { filesBelow, sha256Of, writeNoise } from './support/files.ts';
import { askFor, signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { until } from './support/until.ts';

const stage = setStage();

beforeAll(async () => {
  for (const name of ['certificate.txt', 'extract.txt', 'notes.txt'])
    await writeNoise(join(stage.folder, name), 900);
});

test('each item has a place of its own: what is missing is said there, a file that is dropped there is for it', async () => {
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const link = await askFor(staff.page, stage.product, {
    title: 'Tender',
    items: [
      { label: 'Tax certificate', required: true, allowedTypes: 'txt' },
      { label: 'Register extract', required: true },
      { label: 'Brochure', required: false },
    ],
  });
  const submitter = await stage.welcome();
  const { page } = submitter;
  await page.goto(link);
  await page.getByLabel('Your name').fill('A submitter');
  await page.locator('button[type=submit]:enabled').waitFor();
  expect(await slotOf(page, 'Tax certificate').locator('.rules').innerText()).toBe('Only .txt');

  // Other files are no reason to leave out what is required.
  await choose(page, 'Other files', 'notes.txt');
  await page.getByRole('button', { name: 'Send' }).click();
  expect(await problemsBySlot(page)).toEqual({
    'Tax certificate': ['Please choose a file for this. It is required.'],
    'Register extract': ['Please choose a file for this. It is required.'],
    Brochure: [],
    'Other files': [],
  });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-describedby'))).toMatch(
    /^(files\.itm_\w+)-hint \1-problem$/,
  );

  await drop(page, 'Tax certificate', 'scan.exe');
  expect((await problemsBySlot(page))['Tax certificate']).toEqual([
    'This type of file isn’t accepted. Accepted: .txt.',
  ]);
  // The keyboard stays in the place whose only file was removed.
  await slotOf(page, 'Tax certificate').getByRole('button', { name: 'Remove scan.exe' }).press('Enter');
  expect(
    await page.evaluate(() => document.activeElement?.closest('.slot')?.querySelector('h3')?.textContent),
  ).toBe('Tax certificate required');
  await drop(page, 'Tax certificate', 'certificate.txt');
  await choose(page, 'Register extract', 'extract.txt');
  expect(Object.values(await problemsBySlot(page)).flat()).toEqual([]);

  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  const sent = ['Register extract/extract.txt', 'Tax certificate/certificate.txt', 'notes.txt'];
  expect((await page.locator('.slip-files .file-name').allInnerTexts()).sort()).toEqual(sent);
  await until('the files are handed on', 30_000, async () => {
    const paths = await filesBelow(stage.product.importDir);
    return sent.every((path) => paths.some((each) => each.endsWith(`/${path}`)));
  });
  await staff.page.reload();
  await staff.page.getByText('Item: Register extract').waitFor();
  expect(await staff.page.getByText('Missing:').count()).toBe(0);
  await submitter.leave();
  await staff.leave();
});

test('a blank form that staff attach is downloaded from the page, which stays as it is', async () => {
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const link = await askFor(staff.page, stage.product, { title: 'Application' });
  await staff.page.getByLabel('A blank form').setInputFiles(join(stage.folder, 'notes.txt'));
  await staff.page.getByRole('button', { name: 'Attach it' }).click();
  await staff.page.getByRole('link', { name: 'notes.txt' }).waitFor();

  const submitter = await stage.welcome();
  const { page } = submitter;
  await page.goto(link);
  await page.locator('button[type=submit]:enabled').waitFor();
  await page.getByLabel('Your name').fill('A submitter');
  await page.getByLabel('Choose files').setInputFiles(join(stage.folder, 'extract.txt'));
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'notes.txt' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('notes.txt');
  expect(await sha256Of(await download.path())).toBe(await sha256Of(join(stage.folder, 'notes.txt')));
  expect(await page.getByLabel('Your name').inputValue()).toBe('A submitter');
  expect(await page.locator('.items > li').count()).toBe(1);
  await submitter.leave();
  await staff.page.getByRole('button', { name: 'Remove notes.txt' }).click();
  await staff.page.getByRole('link', { name: 'notes.txt' }).waitFor({ state: 'detached' });
  await staff.leave();
});

const slotOf = (page: Page, label: string) =>
  page.getByRole('group', { name: new RegExp(`^${label}( required| optional)?$`) });

const choose = (page: Page, label: string, name: string): Promise<void> =>
  slotOf(page, label).getByLabel(`Choose files ${label}`).setInputFiles(join(stage.folder, name));

const drop = async (page: Page, label: string, name: string): Promise<void> => {
  const dataTransfer = await page.evaluateHandle((name) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['dropped'], name));
    return transfer;
  }, name);
  await slotOf(page, label).dispatchEvent('drop', { dataTransfer });
  await slotOf(page, label).locator('.file-name', { hasText: name }).waitFor();
};

const problemsBySlot = async (page: Page): Promise<Record<string, string[]>> =>
  Object.fromEntries(
    await page
      .locator('.slot')
      .evaluateAll((slots) =>
        slots.map((slot) => [
          slot.querySelector('h3')?.firstChild?.textContent ?? '',
          [...slot.querySelectorAll('.problem')].map((each) => each.textContent),
        ]),
      ),
  );
