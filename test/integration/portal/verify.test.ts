import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { requests, throttles } from '../../../db/schema/index.ts';
import { checkReceipt, maxReceiptTextBytes } from '../../../server/intake/check-receipt.ts';
import { networksOf } from '../../../server/lib/networks.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, open, type Reply, replyOf } from './wire.ts';

let portal: TestPortal;
let receiptUrl: string;
let number: string;
let text: string;

/** As one could be named before titles were put on one line. */
const title = 'Papers\nSigned by: anybody';
const content = '検収書の写し';
const sha256 = createHash('sha256').update(content).digest('hex');

const textIn = async (language: 'en' | 'ja'): Promise<Reply> =>
  ask(portal.url, { path: `${receiptUrl}/receipt.txt?language=${language}` });

beforeAll(async () => {
  portal = await startPortal({ config: { zone: 'Asia/Tokyo', trustedProxies: networksOf('127.0.0.1') } });
  const request = await portal.openRequest();
  await portal.db.update(requests).set({ title });
  const sent = await portal.submit(
    request,
    [
      { name: '検収書.pdf', content },
      { name: 'other.txt', content: 'other' },
    ],
    'Eve\u202e <b>"\r\nReceipt number: 000000-00000',
  );
  receiptUrl = sent.description.receiptUrl ?? '';
  number = sent.receiptNumber;
  text = (await textIn('en')).body;
});

afterAll(() => portal.close());

afterEach(() => portal.db.delete(throttles));

const post = async (fields: Record<string, string | Blob>, headers: Record<string, string> = {}) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'receipt.txt');
  }
  const response = await fetch(`${portal.url}/verify`, {
    method: 'POST',
    headers: { accept: 'text/html', ...headers },
    body: form,
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
};

const headingOf = ({ body }: { body: string }) => /<h1>([^<]*)<\/h1>/.exec(body)?.[1];
const genuine = 'This receipt is genuine';
const notGenuine = 'This receipt is not genuine';
const notVerified = 'This receipt could not be verified';

describe('a receipt as text', () => {
  test('comes as a file of its number, in both languages, each genuine', async () => {
    for (const [language, word] of [
      ['en', 'Receipt number: '],
      ['ja', '受取番号: '],
    ] as const) {
      const reply = await textIn(language);
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="${number}.txt"`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(reply.body.split('\n')).toContain(word + number);
      expect(reply.body).toContain(sha256);
      expect(reply.body).toMatch(/ \+09:00$/m);
      expect(checkReceipt(portal.composed.portal.intake.receipts, reply.body)).toMatchObject({
        genuine: true,
        receipt: { number, request: { title } },
      });
    }
  });

  test('has no line that a name has made', () => {
    expect(text.split('\n').filter((line) => line.startsWith('Receipt number: '))).toEqual([
      `Receipt number: ${number}`,
    ]);
    expect(text).not.toMatch(/^Signed by|\u202e/m);
  });

  test('is where the receipt is, linked from it, and nowhere else', async () => {
    const page = await ask(portal.url, { path: receiptUrl });
    expect(page.body).toContain(`href="${receiptUrl}/receipt.txt"`);
    expect(page.body).toContain(`href="${portal.url}/verify"`);
    const unknown = await ask(portal.url, { path: '/receipts/sub_unknown.signature' });
    const [, id = ''] = /^\/receipts\/([^.]+)\./.exec(receiptUrl) ?? [];
    for (const wrong of [`/receipts/${id}/receipt.txt`, `/receipts/${id}.AAAA/receipt.txt`]) {
      const refused = await ask(portal.url, { path: wrong });
      expect([wrong, refused.status, refused.body]).toEqual([wrong, 404, unknown.body]);
    }
  });
});

describe('the page that checks receipts', () => {
  test('is for everybody, under the policy of every page', async () => {
    const reply = await ask(portal.url, { path: '/verify', headers: { accept: 'text/html' } });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-security-policy']).toContain("script-src 'self'");
    expect(reply.body).not.toContain('<script');
  });

  test.each(['en', 'ja'] as const)(
    'knows a genuine one in %s, pasted or as a file, and shows what it says',
    async (language) => {
      const { body: given } = await textIn(language);
      const pasted = await post({ receipt: given.replaceAll('\n', '\r\n') });
      const uploaded = await post({ receipt: 'left over', file: new Blob([given]) });
      for (const reply of [pasted, uploaded]) {
        expect([reply.status, headingOf(reply)]).toEqual([200, genuine]);
        expect(reply.body).toContain(sha256);
        expect(reply.body).toContain(`class="number">${number}<`);
        expect(reply.body).not.toMatch(/\u202e|<b>/);
        expect(reply.body).toContain('Eve‹U+202E› ');
      }
    },
  );

  test('does not tell what the receipt itself does not say', async () => {
    const { body } = await post({ receipt: text });
    const [, id = 'none'] = /^\/receipts\/([^.]+)\./.exec(receiptUrl) ?? [];
    expect(body).not.toContain(id);
    expect(body).not.toContain('Stored and verified');
  });

  test('refuses one that was changed, one of elsewhere, and what is none', async () => {
    const changed = text.replace(
      sha256,
      sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    );
    const cut = text.slice(0, -20);
    for (const [receipt, heading, words] of [
      [changed, notGenuine, 'does not fit'],
      [cut, notGenuine, 'does not fit'],
      [`${text}P.S.`, notVerified, 'not a whole receipt'],
      ['Hello', notVerified, 'not a whole receipt'],
    ] as const) {
      const reply = await post({ receipt });
      expect([reply.status, headingOf(reply)]).toEqual([422, heading]);
      expect(reply.body).toContain(words);
      expect(reply.body).not.toContain('compare-setup');
    }
    // Bytes that are no UTF-8 are not read as if they were.
    const bytes = new Uint8Array(Buffer.concat([Buffer.from(text), Buffer.of(0xff)]));
    expect((await post({ file: new Blob([bytes]) })).status).toBe(422);
  });

  test('asks again when it is given nothing', async () => {
    const reply = await post({ receipt: '', sha256 });
    expect(reply.status).toBe(422);
    expect(reply.body).toContain('Paste the text of a receipt');
    const plain = await ask(portal.url, { method: 'POST', path: '/verify', body: 'receipt' });
    expect(plain.status).toBe(422);
  });

  test('compares a SHA-256 without JavaScript', async () => {
    const hit = await post({ receipt: text, sha256: ` ${sha256.toUpperCase()} ` });
    expect(hit.body).toContain('The SHA-256 is that of file 1:');
    const miss = await post({ receipt: text, sha256: '0'.repeat(64) });
    expect(miss.body).toContain('No file on this receipt has this SHA-256');
    const none = await post({ receipt: text, sha256: 'xyz' });
    expect(none.body).toContain('This is no SHA-256');
    expect([hit, miss, none].map(headingOf)).toEqual([genuine, genuine, genuine]);
  });

  test('takes so much and no more, whether or not the length is told', async () => {
    const large = await post({ receipt: 'x'.repeat(maxReceiptTextBytes) });
    expect([large.status, headingOf(large)]).toEqual([422, notVerified]);
    const over = 'x'.repeat(maxReceiptTextBytes + 128 * 1024);
    const told = await ask(portal.url, {
      method: 'POST',
      path: '/verify',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(over.length) },
    });
    expect(told.status).toBe(413);
    const untold = open(portal.url, {
      method: 'POST',
      path: '/verify',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' },
    });
    const reply = replyOf(untold);
    untold.on('error', () => undefined);
    untold.end(over);
    expect((await reply).status).toBe(413);
  });

  test('is throttled for each network, apart from guesses, and goes on to show itself', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) statuses.push((await post({ receipt: 'x' }, from('192.0.2.1'))).status);
    expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 422));
    const refused = await post({ receipt: text }, from('192.0.2.1'));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headingOf(refused)).toBe('Check a receipt');
    expect((await post({ receipt: text }, from('192.0.2.2'))).status).toBe(200);
    const { throttle } = portal.composed.portal;
    await expect(throttle.spend('staff:x', '192.0.2.1')).resolves.toBeUndefined();
  });

  test('does not answer to another site', async () => {
    expect((await post({ receipt: text }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });
});
