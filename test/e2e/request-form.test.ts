import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { status } from './support/visitor.ts';

const stage = setStage();

const openForm = async (page: Page): Promise<void> => {
  await signIn(page, stage.product);
  await page.goto(`${stage.product.origin}/staff/requests/new`);
};

const zone = (page: Page) => page.locator('#deadlineZone');

test.each([
  ['the browser’s with a script', true, 'America/New_York'],
  ['the server’s without', false, 'Asia/Tokyo'],
])('the zone of a deadline stands beside it: %s', async (_, javaScriptEnabled, expected) => {
  const { page, leave } = await stage.welcome({ javaScriptEnabled, timezoneId: 'America/New_York' });
  await openForm(page);
  expect([await zone(page).isVisible(), await zone(page).inputValue()]).toEqual([true, expected]);
  // One that somebody has chosen stays.
  await zone(page).fill('Europe/Berlin');
  await page.getByRole('heading', { name: 'Checklist' }).click();
  await page.getByRole('button', { name: 'More items' }).click();
  await page.getByRole('group', { name: 'Item 6' }).waitFor();
  expect(await zone(page).inputValue()).toBe('Europe/Berlin');
  await leave();
});

test.each([
  ['with a script', true],
  ['without one', false],
])(
  'what was typed is there in the other language, and Enter opens the request: %s',
  async (_, javaScriptEnabled) => {
    const { page, leave } = await stage.welcome({ javaScriptEnabled });
    await openForm(page);
    await page.getByLabel('Title').fill('Annual accounts');
    await page.getByText('Password and languages').click();
    await page.getByLabel('Password').fill('a-secret-one');
    await page.getByRole('button', { name: '日本語' }).click();
    await page.getByRole('heading', { level: 1, name: '新しい依頼' }).waitFor();
    await page.getByText('パスワードあり').waitFor();
    expect(await page.getByLabel('件名').inputValue()).toBe('Annual accounts');
    await page.getByLabel('件名').press('Enter');
    await page.waitForURL(/\/staff\/requests\/req_/);
    const password = page
      .locator('.facts div')
      .filter({ has: page.getByText('パスワード', { exact: true }) });
    expect(await password.getByRole('definition').innerText()).toBe('あり');
    await leave();
  },
);

test('what is wrong in a fold that was shut again is told there', async () => {
  const visitor = await stage.welcome();
  const { page } = visitor;
  await openForm(page);
  await page.getByLabel('Title').fill('Limited');
  const limits = page.getByText('Limits and kinds of files');
  await limits.click();
  await page.getByLabel('Largest file, in MB').fill('10MB');
  await limits.click();
  visitor.expectTrouble(status(422));
  await page.getByRole('button', { name: 'Open the request' }).click();
  await page.getByText('Please give a number alone').waitFor();
  expect(await page.getByLabel('Largest file, in MB').inputValue()).toBe('10MB');
  await visitor.leave();
});
