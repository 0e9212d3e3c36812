import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
});

afterAll(() => portal.close());

const page = (path: string) =>
  ask(portal.url, { path: `/staff/requests/${path}`, headers: { cookie, accept: 'text/html' } });

test('staff see what submitters see, also behind a password, and can send nothing there', async () => {
  const request = await portal.openRequest({
    title: 'What is asked for',
    instructions: 'Please **hurry**.',
    password: 'a-password',
    items: [{ label: 'Certificate' }],
    fields: [{ key: 'month', label: 'Which month' }],
  });
  const { status, body } = await page(`${request.id}/preview`);
  expect(status).toBe(200);
  for (const shown of ['What is asked for', '<strong>hurry</strong>', 'Certificate', 'Which month'])
    expect(body).toContain(shown);
  expect(body).not.toContain('<script');
  expect(body).not.toContain(request.token);
  // Every field and button of the form stands inside of what is disabled.
  expect(body.indexOf('<fieldset disabled')).toBeLessThan(body.indexOf('<form class="send"'));
  expect(body.indexOf('<form class="send"')).toBeGreaterThan(0);
});

test('the link is there as a picture in a file of its own', async () => {
  const request = await portal.openRequest();
  const { status, headers, body } = await page(`${request.id}/link.svg`);
  expect([status, headers['content-type']]).toEqual([200, 'image/svg+xml']);
  expect(body).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
});
