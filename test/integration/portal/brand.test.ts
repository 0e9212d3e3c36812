import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeBrand } from '../../../db/queries/brands.ts';
import { insertAccount } from '../../../db/queries/people.ts';
import { requests } from '../../../db/schema/index.ts';
import { checkReceipt } from '../../../server/intake/check-receipt.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';

const svg = '<svg xmlns="http://www.w3.org/2000/svg"><path fill="#0b2545" d="M0 0h9v9H0z"/></svg>';
const logo = { type: 'image/svg+xml', body: svg };

let portal: TestPortal;
beforeAll(async () => {
  portal = await startPortal({ standinOptions: { theming: { name: '北野市役所', color: '#a4cc3a', logo } } });
  await until('the first answer', () => portal.composed.portal.brands.of()?.logoHash !== undefined);
});
afterAll(() => portal.close());

const page = async (path: string): Promise<string> => {
  const response = await fetch(new URL(path, portal.url), { headers: { accept: 'text/html' } });
  return response.text();
};
const refresh = () => portal.composed.portal.brands.refresh(0);
const addressIn = (html: string, pattern: RegExp): string => pattern.exec(html)?.[1] ?? '';
const logoIn = (html: string) => addressIn(html, /<img class="who-logo[^"]*" src="([^"]+)"/);
const sheetIn = (html: string) => addressIn(html, /href="(\/brand\/[^"]+\.css)"/);

test('who asks stands on every page of the submitter’s side, and the accent on the console’s', async () => {
  const request = await portal.openRequest();
  for (const path of [`/r/${request.token}`, '/verify', '/nowhere', '/r/unknown']) {
    const html = await page(path);
    expect(html).toContain('<bdi class="who-name">北野市役所</bdi>');
    expect(logoIn(html)).toMatch(/^\/brand\/logo-[0-9a-f]{64}\.svg$/);
    expect(sheetIn(html)).toMatch(/^\/brand\/a4cc3a-[0-9a-f]{16}\.css$/);
  }
  const signIn = await page('/staff/sign-in');
  expect(signIn).not.toContain('北野市役所');
  expect(sheetIn(signIn)).not.toBe('');
});

test('a request that lies in another Nextcloud shows who asks there', async () => {
  const request = await portal.openRequest();
  const there = { baseUrl: 'https://cloud.example.org/', user: 'other', userId: 'other' };
  const { id } = await insertAccount(portal.db, { ...there, appPasswordSealed: 'sealed' });
  await storeBrand(portal.db, id, { name: 'Minami', color: '#003366' });
  await portal.db.update(requests).set({ accountId: id }).where(eq(requests.id, request.id));
  await portal.composed.portal.brands.refresh(600);
  expect(await page(`/r/${request.token}`)).toContain('<bdi class="who-name">Minami</bdi>');
  expect(await page('/verify')).toContain('<bdi class="who-name">北野市役所</bdi>');
  await portal.db.update(requests).set({ state: 'closed' }).where(eq(requests.id, request.id));
});

test('a receipt carries who asked for the files', async () => {
  const sent = await portal.submit(await portal.openRequest(), [{ name: 'a.txt', content: 'a' }]);
  const html = await page(sent.description.receiptUrl ?? '');
  expect(html).toContain('<bdi class="who-name">北野市役所</bdi>');
  expect(html).toMatch(/Received by[^]*<bdi>北野市役所<\/bdi>/);
  const text = await page(`${sent.description.receiptUrl}/receipt.txt`);
  expect(text).toContain('Received by: "北野市役所"');
  expect(checkReceipt(portal.composed.portal.intake.receipts, text)).toMatchObject({
    genuine: true,
    receipt: { request: { organisation: '北野市役所' } },
  });
});

test('the logo comes from the portal, may be kept for ever, and can do nothing when it is opened', async () => {
  const response = await fetch(`${portal.url}${logoIn(await page('/verify'))}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(svg);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'image/svg+xml',
    'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  const other = await fetch(`${portal.url}/brand/logo-${'0'.repeat(64)}.svg`);
  expect([other.status, other.headers.get('cache-control')]).toEqual([404, 'no-store']);
});

test('the accent is a sheet of the portal’s own; an older version’s address gives it too, not to be kept', async () => {
  const address = sheetIn(await page('/verify'));
  const sheet = await fetch(`${portal.url}${address}`);
  expect(await sheet.clone().text()).toMatch(/^:root\{--accent:#[0-9a-f]{6};/);
  expect(sheet.headers.get('content-type')).toMatch(/^text\/css/);
  expect(sheet.headers.get('cache-control')).toMatch(/immutable/);
  const older = await fetch(`${portal.url}/brand/a4cc3a-${'0'.repeat(16)}.css`);
  expect(await older.text()).toBe(await sheet.text());
  expect(older.headers.get('cache-control')).toBe('no-store');
  for (const name of ['A4CC3A-0000000000000000.css', 'red-0000000000000000.css', 'a4cc3a.css', 'x'])
    expect((await fetch(`${portal.url}/brand/${name}`)).status).toBe(404);
});

test('no page asks Nextcloud; while it is away, or its logo is, all stays as it was', async () => {
  const before = await page('/verify');
  const { control, requests } = portal.standin;
  control.set({ maintenance: true });
  await refresh();
  const asked = requests.matching('GET', /capabilities|logo/).length;
  expect(asked).toBeGreaterThan(0);
  expect(await page('/verify')).toBe(before);
  expect(requests.matching('GET', /capabilities|logo/)).toHaveLength(asked);
  control.calm();
  control.set({ theming: { name: 'Kitano', color: '#003366', logo: { ...logo, body: 'no picture' } } });
  control.fault({ path: /theming\/image/, action: { reply: 503 } });
  await refresh();
  expect(await page('/verify')).toContain('>Kitano<');
  expect(logoIn(await page('/verify'))).toBe(logoIn(before));
  control.clearFaults();
});

test('what is no picture, or too large, is not shown; what is taken away is gone', async () => {
  const { control } = portal.standin;
  for (const body of ['<html></html>', Buffer.concat([Buffer.from(svg), Buffer.alloc(512 * 1024, ' ')])]) {
    control.set({ theming: { name: 'Kitano', logo: { ...logo, body } } });
    await refresh();
    expect(logoIn(await page('/verify'))).toBe('');
    control.set({ theming: { name: 'Kitano', logo } });
    await refresh();
    expect(logoIn(await page('/verify'))).not.toBe('');
  }
  control.set({ theming: {} });
  await refresh();
  expect(await page('/verify')).toMatch(/<p class="wordmark">/);
  expect(await page('/verify')).not.toMatch(/who-|\/brand\//);
});
