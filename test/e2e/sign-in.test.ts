import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { stepAt, totpCode } from '../../server/auth/totp.ts';
import type { StandinUser } from '../standins/nextcloud/options.ts';
import { startOidcServer } from '../standins/oidc/provider.ts';
import { signIn, unfold } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { status, type Visitor } from './support/visitor.ts';

const provider = await startOidcServer(() => `${stage.product.origin}/staff/sign-in/provider/back`);
const stage = setStage(() =>
  Promise.resolve({
    OIDC_ISSUER: provider.issuer.href,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_STAFF: 'office',
  }),
);
afterAll(() => provider.close());

const isIn = (page: Page) => page.getByRole('heading', { level: 1, name: 'Requests' }).waitFor();

/** Nextcloud's own page, and the provider's, are other places. */
const goesElsewhere = ({ expectTrouble }: Visitor) =>
  expectTrouble(/^a request to elsewhere: http:\/\/(127\.0\.0\.1|localhost):/, status(404));

const addPerson = async (page: Page, login: string, nextcloudUser: string): Promise<string> => {
  await page.goto(`${stage.product.origin}/staff/people`);
  await page.getByLabel('Login name').fill(login);
  await page.getByLabel('Name', { exact: true }).fill(login);
  await page.getByLabel('Nextcloud user').fill(nextcloudUser);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  return page.getByLabel('Link', { exact: true }).inputValue();
};

const atNextcloud = async (there: Page, code: string): Promise<void> => {
  const path = join(stage.product.importDir, '../nextcloud-standin/credentials.json');
  const users = JSON.parse(await readFile(path, 'utf8')) as StandinUser[];
  const { id, loginPassword } = users.find(({ admin }) => admin === true) ?? {};
  await there.getByText(`page shows ${code}`).waitFor();
  await there.getByLabel('Account').fill(id ?? '');
  await there.getByLabel('Password').fill(loginPassword ?? '');
  await there.getByRole('button', { name: 'Grant access' }).click();
  await there.getByText('You may close this window').waitFor();
};

test('somebody whom an administrator has named signs in through Nextcloud, with a script and without', async () => {
  const administrator = await stage.welcome();
  await signIn(administrator.page, stage.product);
  await addPerson(administrator.page, 'hanako', 'admin');
  await administrator.leave();
  for (const javaScriptEnabled of [true, false]) {
    const visitor = await stage.welcome({ javaScriptEnabled });
    goesElsewhere(visitor);
    const { page, context } = visitor;
    await page.goto(`${stage.product.origin}/staff`);
    await page.getByRole('button', { name: 'Sign in with Nextcloud' }).click();
    const code = await page.locator('code').innerText();
    const [there] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Open Nextcloud' }).click(),
    ]);
    await atNextcloud(there, code);
    await there.close();
    if (javaScriptEnabled) await page.evaluate(() => dispatchEvent(new Event('focus')));
    else await page.getByRole('button', { name: 'I have granted access' }).click();
    await isIn(page);
    await page.goto(`${stage.product.origin}/staff/requests/new`);
    await unfold(page);
    await page.getByLabel('Folder in Nextcloud').selectOption({ label: 'Yours (admin)' });
    await page.getByLabel('Title').fill(`Own papers ${String(javaScriptEnabled)}`);
    await page.getByRole('button', { name: 'Open the request' }).click();
    await page.getByText('in the account of admin').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/staff\/requests\/req_/);
    await visitor.leave();
  }
});

test('somebody is added, and sets a password by the link', async () => {
  const administrator = await stage.welcome();
  await signIn(administrator.page, stage.product);
  const link = await addPerson(administrator.page, 'taro', '');
  await administrator.leave();
  const { page, leave } = await stage.welcome();
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill('four words of my own');
  await page.getByLabel('New password again').fill('four words of my own');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Your password is set').waitFor();
  await page.getByLabel('Login').fill('taro');
  await page.getByLabel('Password').fill('four words of my own');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await isIn(page);
  expect(new URL(page.url()).pathname).toBe('/staff');
  await leave();
});

test('a member of the organisation signs in through its provider, and comes in as what they are there', async () => {
  provider.people.set('17', { preferred_username: 'sato', name: '佐藤 花子', groups: ['office'] });
  const visitor = await stage.welcome();
  goesElsewhere(visitor);
  visitor.expectTrouble(/fonts\.googleapis\.com|ERR_NAME_NOT_RESOLVED/);
  const { page, leave } = visitor;
  await page.goto(`${stage.product.origin}/staff`);
  await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
  await page.locator('input[name=login]').fill('17');
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await isIn(page);
  await page.goto(`${stage.product.origin}/staff/account`);
  expect(await page.locator('#name').inputValue()).toBe('佐藤 花子');
  await leave();
});

test('the first administrator sets a second factor up, and is asked for it from then on', async () => {
  const { page, leave, expectTrouble } = await stage.welcome();
  await signIn(page, stage.product);
  await page.goto(`${stage.product.origin}/staff/account`);
  await page.getByRole('button', { name: 'Set it up' }).click();
  const secret = (await page.locator('form code.hash').innerText()).replaceAll(' ', '');
  await page.getByLabel('Code', { exact: true }).fill(totpCode(secret, stepAt(Date.now()) - 1));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await page.getByText('Keep these recovery codes').first().waitFor();
  const recoveryCode = /\b[0-9A-Z]{5}-[0-9A-Z]{5}\b/.exec(await page.locator('main').innerText())?.[0] ?? '';
  const next = totpCode(secret, stepAt(Date.now()) + 1);
  for (const code of [next, recoveryCode]) {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Login').fill(stage.product.login);
    await page.getByLabel('Password').fill(stage.product.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Type the code' }).waitFor();
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await isIn(page);
  }
  // Neither opens a second time.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Login').fill(stage.product.login);
  await page.getByLabel('Password').fill(stage.product.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  expectTrouble(status(422));
  for (const code of [next, recoveryCode]) {
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
  }
  await page.goto(`${stage.product.origin}/staff`);
  expect(new URL(page.url()).pathname).toBe('/staff/sign-in');
  await leave();
});
