import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { sampleLinkOf, sendTo, signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';

const stage = setStage();

test('staff set a destination up, are told what is wrong with it, mend it, and pause it', async () => {
  const staff = await stage.welcome();
  const { page } = staff;
  await signIn(page, stage.product);
  await page.getByRole('link', { name: 'Destinations' }).click();
  await page.getByRole('link', { name: 'Folder', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('Accounting');
  await page.getByLabel('Path of the folder').fill('not absolute');
  staff.expectTrouble(/status of 422/);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('expected an absolute path').waitFor();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Accounting');
  await page.getByLabel('Path of the folder').fill(join(stage.folder, 'missing'));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. Look now whether it is fit.').waitFor();
  await page.getByRole('button', { name: 'Look whether it is fit' }).click();
  await page.getByText('Not fit as it is').waitFor();
  await page.getByText('There is no folder').waitFor();
  await page.getByLabel('Path of the folder').fill(stage.folder);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Look whether it is fit' }).click();
  await page.getByText('Fit for deliveries').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Go on delivering' }).click();
  await page.getByText('In use').waitFor();
  await staff.leave();
});

test('what is sent reaches the folder and the demo’s receiver, and staff see both in the ledger', async () => {
  const path = join(stage.folder, '報告.pdf');
  await writeNoise(path, 300_000);
  const submitter = await stage.welcome();
  await sendTo(submitter.page, sampleLinkOf(stage.product), [path]);
  await submitter.page.getByRole('heading', { name: 'Everything has arrived' }).waitFor({ timeout: 45_000 });
  const receipt = /\d{6}-[0-9A-Z]{5}/.exec(await submitter.page.innerText('main'))?.[0] ?? '';
  await submitter.leave();

  const staff = await stage.welcome();
  const { page } = staff;
  await signIn(page, stage.product);
  await expect
    .poll(
      async () => {
        await page.goto(`${stage.product.origin}/staff/deliveries?state=delivered`);
        return page.getByRole('link', { name: receipt }).count();
      },
      { timeout: 30_000 },
    )
    .toBe(2);
  await page.getByRole('link', { name: `${receipt} to Imported files` }).click();
  await page.getByText('報告.pdf').first().waitFor();
  await page.getByRole('button', { name: 'Deliver again' }).click();
  await expect
    .poll(
      async () => {
        await page.reload();
        return page.innerText('main');
      },
      { timeout: 20_000 },
    )
    .toContain('Was there already');
  await staff.leave();

  const told = await (await fetch(`http://localhost:${stage.product.port + 2}/`)).text();
  expect(told).toContain(receipt);
  expect(told).toContain('SHA-256 as announced');
});

test.each(['en', 'ja'])(
  'the pages of destinations and deliveries fit a narrow phone, in %s',
  async (language) => {
    const staff = await stage.welcome({ viewport: { width: 360, height: 700 } });
    const { page } = staff;
    await signIn(page, stage.product);
    const found = async (list: string): Promise<string[]> => {
      await page.goto(`${stage.product.origin}${list}`);
      const links = await page.locator('.rows h2 a').all();
      return Promise.all(links.slice(0, 1).map(async (link) => (await link.getAttribute('href')) ?? ''));
    };
    const pages = ['/staff/destinations', '/staff/deliveries', '/staff/destinations/new/box'];
    for (const list of ['/staff/destinations', '/staff/deliveries']) pages.push(...(await found(list)));
    for (const path of pages) {
      await page.goto(`${stage.product.origin}${path}?language=${language}`);
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    }
    await staff.leave();
  },
);

/** Pixels by which the page is wider than its window. */
const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
