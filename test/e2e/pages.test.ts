import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { askFor, sampleLinkOf, shownHashes, signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { until } from './support/until.ts';
import { status } from './support/visitor.ts';

const stage = setStage();

const headingOf = (page: Page): Promise<string> => page.locator('h1').innerText();

test('a link with a password shows nothing before it, refuses a wrong one, and opens with the right one', async () => {
  const link = await stage.askFor({ title: 'Tenders', password: 'correct horse' });

  const visitor = await stage.welcome();
  const { page } = visitor;
  await page.goto(link);
  expect(await headingOf(page)).toBe('A password is needed');
  expect(await page.content()).not.toContain('Tenders');
  // What a script kept of a sending is forgotten with it, before the password too.
  await page.evaluate(() => localStorage.setItem(`uketori ${location.pathname}`, '{}'));
  await page.goto(`${link}?forgotten`);
  await page.getByText('This device has forgotten').waitFor();
  await page.waitForFunction(() => localStorage.length === 0);
  visitor.expectTrouble(status(401));
  await page.getByLabel('Password').fill('wrong horse');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.content()).not.toContain('Tenders');
  await page.getByLabel('Password').fill('correct horse');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: 'Tenders' }).waitFor();
  expect(page.url()).toBe(link);
  await visitor.leave();
});

test('a request that staff close says so behind its link, and takes nothing any more', async () => {
  const staff = await stage.welcome();
  await signIn(staff.page, stage.product);
  const link = await askFor(staff.page, stage.product, { title: 'Photographs' });
  const visitor = await stage.welcome();
  await visitor.page.goto(link);
  expect(await headingOf(visitor.page)).toBe('Photographs');
  await staff.page.getByRole('button', { name: 'Close' }).click();
  await staff.page.getByText('Closed', { exact: true }).waitFor();
  await staff.leave();

  visitor.expectTrouble(status(410));
  await visitor.page.getByLabel('Your name').fill('Too late');
  const late = join(stage.folder, 'late.txt');
  await writeNoise(late, 10);
  await visitor.page.getByLabel('Choose files').setInputFiles(late);
  await visitor.page.getByRole('button', { name: 'Send' }).click();
  await visitor.page.getByText('Nothing from this page was sent').waitFor();
  await visitor.page.goto(link);
  expect(await headingOf(visitor.page)).toBe('This collection is closed');
  await visitor.leave();
});

test('an unknown link and an address that was never there are the same page', async () => {
  const visitor = await stage.welcome();
  visitor.expectTrouble(status(404));
  const pages: string[] = [];
  const unknown = `/r/${'A'.repeat(43)}`;
  for (const address of [unknown, '/nowhere', '/receipts/sub_1.forged', '/r/']) {
    const response = await visitor.page.goto(stage.product.origin + address);
    expect([address, response?.status()]).toEqual([address, 404]);
    expect(await headingOf(visitor.page)).toBe('This link doesn’t work');
    pages.push(await visitor.page.locator('main').innerHTML());
  }
  expect(new Set(pages).size).toBe(1);
  const good = await visitor.page.goto(sampleLinkOf(stage.product));
  expect(good?.status()).toBe(200);
  await visitor.leave();
});

test('a wrong staff password is refused, and every staff page asks for a sign-in', async () => {
  const visitor = await stage.welcome();
  const { page } = visitor;
  visitor.expectTrouble(status(401));
  for (const address of ['/staff', '/staff/requests/new', '/staff/requests/1']) {
    await page.goto(stage.product.origin + address);
    expect(new URL(page.url()).pathname).toBe('/staff/sign-in');
  }
  await page.getByLabel('Login').fill(stage.product.login);
  await page.getByLabel('Password').fill(`${stage.product.password}x`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('Login').inputValue()).toBe(stage.product.login);
  expect(await page.getByLabel('Password').inputValue()).toBe('');
  await signIn(page, stage.product);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.goto(`${stage.product.origin}/staff`);
  expect(new URL(page.url()).pathname).toBe('/staff/sign-in');
  await visitor.leave();
});

test('a form of another site can not act for staff who are signed in', async () => {
  const staff = await stage.welcome();
  const { page } = staff;
  await signIn(page, stage.product);
  await askFor(page, stage.product, { title: 'To stay open' });
  const address = page.url();
  staff.expectTrouble(/status of 40[13]/);
  // A page without an origin of its own is nobody's, as a stranger's would be.
  await page.goto('about:blank');
  await page.setContent(`<form method="post" action="${address}/close"><button>Win a prize</button></form>`);
  await page.getByRole('button').click();
  await page.waitForURL(`${address}/close`);
  await page.goto(address);
  expect(await page.locator('.badge').first().innerText()).toBe('Open');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('Closed', { exact: true }).waitFor();
  expect(await page.locator('.badge').first().innerText()).toBe('Closed');
  await staff.leave();
});

test('without JavaScript the page says what is different, and staff can work all the same', async () => {
  const visitor = await stage.welcome({ javaScriptEnabled: false });
  const { page } = visitor;
  await page.goto(sampleLinkOf(stage.product));
  // Words in a `noscript` are in the page either way; only what is shown counts.
  const without = page.locator('#content noscript');
  expect(await without.innerText()).toContain('JavaScript is off here');
  expect(await without.isVisible()).toBe(true);
  expect(await page.getByText('Drop files or folders').isVisible()).toBe(false);
  await signIn(page, stage.product);
  const link = await askFor(page, stage.product, { title: 'Opened without a script' });
  expect(link).toContain(`${stage.product.origin}/r/`);
  expect(await page.getByRole('button', { name: 'Copy' }).isVisible()).toBe(false);
  await visitor.leave();

  const other = await stage.welcome();
  await other.page.goto(sampleLinkOf(stage.product));
  await other.page.getByRole('button', { name: 'Send' }).waitFor();
  expect(await other.page.locator('#content noscript').isVisible()).toBe(false);
  await other.leave();
});

test('what was typed survives a change of the language', async () => {
  const visitor = await stage.welcome();
  const { page } = visitor;
  await page.goto(sampleLinkOf(stage.product));
  await page.locator('#folder:enabled').waitFor({ state: 'attached' });
  await page.getByLabel('Your name').fill('山田 花子');
  await page.getByLabel('Message').fill('two\nlines');
  await page.getByRole('link', { name: '日本語' }).click();
  await page.getByLabel('お名前').waitFor();
  await until('the draft', 5000, async () => (await page.getByLabel('お名前').inputValue()) === '山田 花子');
  expect(await page.getByLabel('メッセージ').inputValue()).toBe('two\nlines');
  expect(await page.getByText('もう一度選択してください').count()).toBe(0);
  await visitor.leave();
});

test('files that were chosen before a change of the language are named, until they are chosen again', async () => {
  const paths = ['one.txt', 'two.txt'].map((name) => join(stage.folder, name));
  await Promise.all(paths.map((path) => writeNoise(path, 10)));
  const visitor = await stage.welcome();
  const { page } = visitor;
  // The browser asks whether to leave.
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(sampleLinkOf(stage.product));
  await page.locator('#folder:enabled').waitFor({ state: 'attached' });
  await page.getByLabel('Choose files').setInputFiles(paths);
  await page.getByRole('link', { name: '日本語' }).click();
  const lost = page.locator('.alert', { hasText: 'もう一度選択してください' });
  await lost.waitFor();
  expect(await lost.getByRole('listitem').allInnerTexts()).toEqual(['one.txt', 'two.txt']);
  await page.getByLabel('ファイルを選択').setInputFiles(paths.slice(0, 1));
  await until('one to be named', 5000, async () => (await lost.getByRole('listitem').count()) === 1);
  await page.getByLabel('ファイルを選択').setInputFiles(paths.slice(1));
  await lost.waitFor({ state: 'detached' });
  await visitor.leave();
});

test('the whole form can be filled in, corrected and sent with the keyboard alone', async () => {
  const path = join(stage.folder, 'by keyboard.txt');
  const sha256 = await writeNoise(path, 5000);
  const visitor = await stage.welcome();
  const { page } = visitor;
  page.on('filechooser', (chooser) => void chooser.setFiles(path));
  await page.goto(sampleLinkOf(stage.product));
  await page.locator('button[type=submit]:enabled').waitFor();
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await tabTo(page, 'name');
  await tabTo(page, 'files');
  await tabTo(page, 'folder');
  await tabTo(page, 'Send');
  await page.keyboard.press('Enter');
  // What is wrong is said, and the keyboard is where it can be mended.
  await page.getByText('Please fill this in.').waitFor();
  expect(await focused(page)).toBe('name');
  await page.keyboard.type('Keyboard Only');
  await tabTo(page, 'files');
  await page.keyboard.press('Space');
  await page.getByText('by keyboard.txt').first().waitFor();
  await tabTo(page, 'Send');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor();
  expect(await focused(page)).toBe('receipt-heading');
  expect(await shownHashes(page)).toEqual([sha256]);
  await tabTo(page, 'Open the receipt');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Receipt' }).waitFor();
  expect(await shownHashes(page)).toEqual([sha256]);
  await visitor.leave();
});

/** The id of what the keyboard is on, or else its words. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element === null || element === document.body
      ? ''
      : element.id || (element.textContent ?? '').trim();
  });

const tabTo = async (page: Page, where: string): Promise<void> => {
  const passed: string[] = [];
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now === where) return;
    passed.push(now);
  }
  throw new Error(`the keyboard does not reach “${where}”: ${passed.join(' → ')}`);
};
