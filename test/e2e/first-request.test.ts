import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn } from './support/request.ts';
import { setStage } from './support/stage.ts';

const stage = setStage();

/** What somebody has to do, one after the other: fields that they fill in, and what they press. */
const countSteps = (page: Page) => {
  const steps: string[] = [];
  return {
    steps,
    fill: async (label: string, text: string) => {
      steps.push(`fill ${label}`);
      await page.getByLabel(label, { exact: true }).fill(text);
    },
    press: async (name: string) => {
      steps.push(`press ${name}`);
      await page
        .getByRole('button', { name, exact: true })
        .or(page.getByRole('link', { name, exact: true }))
        .click();
    },
  };
};

const copyOf = async (page: Page, press: (name: string) => Promise<void>): Promise<string> => {
  await press('Copy');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
};

const password = 'a password of many words';

/** Has an administrator add somebody. @returns the link that they are given */
const invite = async (login: string): Promise<string> => {
  const administrator = await stage.welcome();
  const { page } = administrator;
  await signIn(page, stage.product);
  await page.goto(`${stage.product.origin}/staff/teams`);
  await page.getByLabel('Name').last().fill(`Team of ${login}`);
  await page.getByRole('button', { name: 'Add a team' }).click();
  await page.goto(`${stage.product.origin}/staff/people`);
  await page.getByLabel('Login name').fill(login);
  await page.getByLabel('Name', { exact: true }).fill('Newcomer');
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  await page.getByLabel(`Team of ${login}`).check();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const link = await page.getByLabel('Link', { exact: true }).inputValue();
  await administrator.leave();
  return link;
};

test.each([
  ['with a script', true],
  ['without one', false],
])(
  'who is new opens a request in four steps after signing in, and has all to hand it on: %s',
  async (_name, javaScriptEnabled) => {
    const login = javaScriptEnabled ? 'newcomer' : 'newcomer-without-script';
    const visitor = await stage.welcome({
      javaScriptEnabled,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = visitor;
    await page.goto(await invite(login));
    const before = countSteps(page);
    await before.fill('New password', password);
    await before.fill('New password again', password);
    await before.press('Set the password');
    await before.fill('Login name', login);
    await before.fill('Password', password);
    await before.press('Sign in');
    await page.getByRole('heading', { level: 1, name: 'Requests' }).waitFor();
    expect(before.steps).toHaveLength(6);

    // One thing to press, and nothing that has to be read first.
    const toDo = page.locator('main').getByRole('link');
    expect(await toDo.allInnerTexts()).toEqual(['New request']);
    const { steps, fill, press } = countSteps(page);
    await press('New request');
    const asked = page.locator('main').locator('input:visible, textarea:visible, select:visible');
    expect(await asked.evaluateAll((fields) => fields.map(({ id }) => id))).toEqual([
      'title',
      'instructions',
      'deadline',
      'deadlineZone',
    ]);
    await fill('Title required', 'Annual accounts');
    await press('Open the request');
    const link = await page.getByLabel('Link for submitters').inputValue();
    // Without a script it is selected by hand.
    const copied = javaScriptEnabled ? await copyOf(page, press) : link;
    expect(copied).toBe(link);
    expect(steps.slice(0, 3)).toEqual(['press New request', 'fill Title required', 'press Open the request']);
    expect(steps.length).toBeLessThanOrEqual(4);

    // Without scrolling: the link, its picture, its mail, and that it is upload-only.
    for (const shown of [
      page.getByLabel('Link for submitters'),
      page.getByText('QR code'),
      page.getByText('Mail text in English'),
      page.getByText('Upload-only', { exact: true }),
    ]) {
      const box = await shown.boundingBox();
      expect((box?.y ?? Number.POSITIVE_INFINITY) + (box?.height ?? 0)).toBeLessThan(900);
    }
    await page.getByText('QR code').click();
    await page.getByRole('img', { name: 'QR code of the link' }).waitFor();
    await page.getByText('Mail text in English').click();
    expect(await page.locator('#mail-en').inputValue()).toContain(link);

    await page.goto(link);
    expect(await page.locator('h1').innerText()).toBe('Annual accounts');
    await visitor.leave();
  },
);
