import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { askFor, sendTo, signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';

const stage = setStage();

test('the list and a request’s page show by themselves what arrives, say so, and leave alone what somebody is doing', async () => {
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const link = await askFor(staff.page, stage.product, { title: 'Seen at once' });
  const { page } = staff;
  const first = join(stage.folder, 'first.bin');
  const second = join(stage.folder, 'second.bin');
  await writeNoise(first, 1000);
  await writeNoise(second, 1000);

  const one = await stage.welcome();
  await sendTo(one.page, link, [first]);
  await one.page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  await one.leave();
  await page.locator('article', { hasText: 'first.bin' }).waitFor();

  // Somebody is in the middle of a note.
  await page.locator('article summary', { hasText: 'Notes' }).click();
  const note = page.locator('article', { hasText: 'first.bin' }).getByLabel('A note for your team');
  await note.pressSequentially('Called th');
  const list = await staff.context.newPage();
  await list.goto(`${stage.product.origin}/staff`);
  const row = list.locator('.rows > li', { hasText: 'Seen at once' });
  expect(await row.innerText()).toContain('1 submission');
  await page.bringToFront();

  const two = await stage.welcome();
  await sendTo(two.page, link, [second]);
  await two.page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  await two.leave();
  await page.locator('article', { hasText: 'second.bin' }).waitFor();
  await page.locator('#live-said', { hasText: '1 new file' }).waitFor({ state: 'attached' });
  expect(await note.inputValue()).toBe('Called th');
  expect(await note.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.type('em');
  await page.getByRole('button', { name: 'Add the note' }).click();
  await page.locator('article li', { hasText: 'Called them' }).waitFor();

  await list.bringToFront();
  await row.getByText('2 submissions').waitFor();
  await staff.leave();
});

test('a page whose session ends elsewhere stays as it was, and is not replaced by the sign-in', async () => {
  const staff = await stage.welcome();
  const { page } = staff;
  await signIn(page, stage.product);
  const other = await staff.context.newPage();
  await other.goto(`${stage.product.origin}/staff`);
  staff.expectTrouble(/MIME type/);
  await page.bringToFront();
  // Its stream ends, and where it would come back there is a page to sign in.
  const gone = page.waitForEvent('response', (response) => response.url().endsWith('/staff/sign-in'));
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByRole('button', { name: 'Sign in' }).waitFor();
  await gone;
  expect(await page.locator('h1').innerText()).toBe('Requests');
  await other.close();
  await staff.leave();
});
