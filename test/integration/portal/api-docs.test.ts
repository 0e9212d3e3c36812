import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

test('the page shows every operation of the document with what it needs, and no script', async () => {
  const document = JSON.parse((await ask(portal.url, { path: '/api/openapi.json' })).body) as {
    paths: Record<string, Record<string, { security: Record<string, string[]>[] }>>;
  };
  const { status, headers, body } = await ask(portal.url, { path: '/api/docs' });
  expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.length).toBeGreaterThan(20);
  for (const operation of operations) expect(body).toContain(`<code>${operation}</code></h2>`);
  expect(body).toContain('audit:read');
  expect(body).not.toMatch(/<script|<style|\sstyle=/);
  expect(headers['content-security-policy']).toBeTruthy();
  // Whatever is named is there to be led to.
  for (const [, name] of body.matchAll(/href="#([^"]+)"/g)) expect(body).toContain(`id="${name ?? ''}"`);
});
