import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDelivery } from '../../../db/queries/delivery-claims.ts';
import { deliveries, submissions } from '../../../db/schema/index.ts';
import { parseReceipt } from '../../../server/intake/rules/receipt.ts';
import { type Begun, type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, idIn, type Reply, tusOf, untilStored } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

const fields = [
  { key: 'company', label: 'Company', kind: 'text' as const, required: true },
  { key: 'note', label: 'Note', kind: 'text' as const, required: false },
];

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ takeBackMinutes: 60, fields });
});

afterAll(() => portal.close());

interface Browser extends Begun {
  /** What it keeps. */
  cookie: string;
}

const cookieOf = (reply: Pick<Reply, 'headers'>): string =>
  (reply.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ');

const begin = async (
  { token }: OpenRequest,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/r/${token}/submissions`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** A sending from a browser, sealed. */
const sendFrom = async (from: OpenRequest = request): Promise<Browser> => {
  const details = {
    name: 'Hanako',
    email: 'hanako@example.org',
    answers: { company: 'Yamada' },
  };
  const reply = await begin(from, details);
  const begun = JSON.parse(reply.body) as Begun;
  await portal.send(begun, { name: 'first.txt', content: 'first' });
  await portal.finish(begun);
  return { ...begun, cookie: cookieOf(reply) };
};

/** A file for an item of a checklist, until it is stored. */
const sendFor = async (begun: Begun, item: string): Promise<void> => {
  const tus = tusOf(portal, begun);
  const id = idIn(await tus.createNamed('certificate.txt', 1, { item }));
  await tus.patch(id, 0, Buffer.from('x'));
  await untilStored(portal, id);
};

const get = (path: string, cookie?: string) =>
  ask(portal.url, { path, headers: { accept: 'text/html', ...(cookie === undefined ? {} : { cookie }) } });

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  ask(portal.url, {
    method: 'POST',
    path,
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });

const rowOf = async (id: string) => {
  const [row] = await portal.db.select().from(submissions).where(eq(submissions.id, id));
  if (row === undefined) throw new Error('no such submission');
  return row;
};

describe('a supplement', () => {
  test('takes over who sends, and its receipt, manifest and place in the console name the first', async () => {
    const first = await sendFrom();
    const reply = await begin(
      request,
      { supplementOf: first.submissionId, name: 'Somebody else', message: 'The rest' },
      { cookie: first.cookie },
    );
    expect(reply.status).toBe(201);
    const begun = JSON.parse(reply.body) as Begun;
    expect(await rowOf(begun.submissionId)).toMatchObject({
      supplementOf: first.submissionId,
      submitterName: 'Hanako',
      submitterEmail: 'hanako@example.org',
      answers: { company: 'Yamada' },
      message: 'The rest',
    });
    await portal.send(begun, { name: 'more.txt', content: 'more' });
    expect((await portal.finish(begun)).status).toBe(200);
    const { receiptText } = await rowOf(begun.submissionId);
    expect(parseReceipt(receiptText ?? '')).toMatchObject({
      number: begun.receiptNumber,
      supplementOf: first.receiptNumber,
    });
    const [delivery] = await portal.db
      .select()
      .from(deliveries)
      .where(eq(deliveries.submissionId, begun.submissionId));
    if (delivery === undefined) throw new Error('no delivery');
    expect((await loadDelivery(portal.db, delivery)).supplementOf).toBe(first.receiptNumber);
    const page = await get((await portal.status(begun)).receiptUrl);
    expect(page.body).toMatch(new RegExp(`Adds to receipt[^]*${first.receiptNumber}`));
    const { receiptUrl } = await portal.status(begun);
    const firstUrl = (await portal.status(first)).receiptUrl;
    const listed = (await get(firstUrl, cookieOf(reply))).body;
    expect(listed).toContain(`<a href="${receiptUrl}">${begun.receiptNumber}</a>`);
    for (const cookie of [undefined, first.cookie]) {
      const { body } = await get(firstUrl, cookie);
      expect([body.includes(begun.receiptNumber), body.includes(receiptUrl)]).toEqual([true, false]);
    }
    expect((await get(`${firstUrl}/receipt.txt`)).body).not.toContain(begun.receiptNumber);
    const staff = await get(`/staff/requests/${request.id}`, await portal.signIn());
    expect(staff.body).toContain(`Adds to ${first.receiptNumber}`);
  });

  test('wants the credential of the first: this browser’s, or sent along by a program', async () => {
    const [first, other] = [await sendFrom(), await sendFrom()];
    const wish = { supplementOf: first.submissionId };
    const refused = [
      await begin(request, wish),
      await begin(request, wish, { cookie: other.cookie }),
      await begin(request, wish, { authorization: `Bearer ${other.credential}`, cookie: first.cookie }),
      await begin(request, { supplementOf: 'sub_none' }, { cookie: first.cookie }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    const another = await portal.openRequest({ fields });
    expect((await begin(another, wish, { cookie: first.cookie })).status).toBe(404);
    const taken = await begin(request, wish, { authorization: `Bearer ${first.credential}` });
    expect(taken.status).toBe(201);
    // Without one, everything is asked as ever.
    expect((await begin(request, { answers: { company: 'Yamada' } })).status).toBe(422);
  });

  test('is taken as long as the request takes files, and to what is finished', async () => {
    const closing = await portal.openRequest({ fields });
    const first = await sendFrom(closing);
    const open = JSON.parse((await begin(closing, { name: 'A', answers: { company: 'B' } })).body) as Begun;
    const early = await begin(
      closing,
      { supplementOf: open.submissionId },
      { authorization: `Bearer ${open.credential}` },
    );
    expect(early.status).toBe(409);
    const path = (await portal.status(first)).receiptUrl;
    const addPath = `/r/${closing.token}?add=${first.submissionId}`;
    const before = (await get(path, first.cookie)).body;
    expect(before).toContain(addPath);
    expect(before).toContain('then add the new one');
    expect((await get(path)).body).toContain('To take back or add files, open this page');
    const form = await get(addPath, first.cookie);
    expect(form.body).toContain(`Adds to receipt ${first.receiptNumber}`);
    expect(form.body).toContain('hanako@example.org');
    // To anybody else it is the form as ever.
    expect((await get(addPath)).body).not.toContain('hanako@example.org');
    const token = await portal.apiToken();
    await ask(portal.url, {
      method: 'POST',
      path: `/api/v1/requests/${closing.id}/close`,
      headers: { authorization: `Bearer ${token}` },
    });
    const late = await begin(closing, { supplementOf: first.submissionId }, { cookie: first.cookie });
    expect(late.status).toBe(410);
    const after = (await get(path, first.cookie)).body;
    expect(after).not.toMatch(/\?add=|Add files|then add the new one/);
    expect((await get(path)).body).toContain('To take files back, open this page');
    const { files } = await portal.status(first);
    const sure = await get(`${path}/take-back?file=${files[0]?.uploadId ?? ''}`, first.cookie);
    expect(sure.body).toContain('takes no more files: you can’t send them again');
    const closed = await get(`/r/${closing.token}`, first.cookie);
    expect(closed.status).toBe(410);
    expect(closed.body).toContain(path);
    expect(closed.body).not.toContain('?add=');
    expect((await get(`/r/${closing.token}`)).body).not.toContain(first.receiptNumber);
  });
});

describe('sent from this browser', () => {
  test('is shown to that browser, with its receipt, and forgotten when it asks', async () => {
    const first = await sendFrom();
    const page = await get(`/r/${request.token}`, first.cookie);
    expect(page.body).toContain('Sent from this browser');
    expect(page.body).toContain((await portal.status(first)).receiptUrl);
    expect(page.body).toContain(`?add=${first.submissionId}`);
    expect((await get(`/r/${request.token}`)).body).not.toContain('Sent from this browser');
    const forgotten = await post(`/r/${request.token}/forget`, '', { cookie: first.cookie });
    expect([forgotten.status, forgotten.headers.location]).toEqual([303, `/r/${request.token}?forgotten`]);
    expect(forgotten.headers['set-cookie']?.[0]).toMatch(/^sent-lnk_\w+=;.*Max-Age=0/);
    const confirmed = /This device has forgotten/;
    expect((await get(`/r/${request.token}?forgotten`)).body).toMatch(confirmed);
    for (const [path, cookie] of [
      ['', undefined],
      ['?forgotten', first.cookie],
    ] as const)
      expect((await get(`/r/${request.token}${path}`, cookie)).body).not.toMatch(confirmed);
    const foreign = await post(`/r/${request.token}/forget`, '', {
      cookie: first.cookie,
      origin: 'https://elsewhere.example',
    });
    expect(foreign.status).toBe(403);
  });

  test('and not finished when the request was closed is not called complete', async () => {
    const closing = await portal.openRequest({ fields });
    const finished = await sendFrom(closing);
    const reply = await begin(closing, { name: 'Hanako', answers: { company: 'B' } });
    const begun = JSON.parse(reply.body) as Begun;
    await portal.send(begun, { name: 'half.txt', content: 'half' });
    await ask(portal.url, {
      method: 'POST',
      path: `/api/v1/requests/${closing.id}/close`,
      headers: { authorization: `Bearer ${await portal.apiToken()}` },
    });
    const [whole, half] = [
      await get(`/r/${closing.token}`, finished.cookie),
      await get(`/r/${closing.token}`, cookieOf(reply)),
    ];
    const [ofWhole, ofHalf] = [
      await get((await portal.status(finished)).receiptUrl),
      await get((await portal.status(begun)).receiptUrl),
    ];
    // The list and the receipt say the same.
    for (const { body } of [whole, ofWhole])
      expect([body.includes('Complete'), body.includes('Ended unfinished')]).toEqual([true, false]);
    for (const { body } of [half, ofHalf])
      expect([body.includes('Complete'), body.includes('Ended unfinished')]).toEqual([false, true]);
    expect(ofHalf.body).toContain('Ended without the sender finishing');
  });

  test('and wholly taken back is not called complete', async () => {
    const [kept, gone] = [await sendFrom(), await sendFrom()];
    const { receiptUrl, files } = await portal.status(gone);
    await post(`${receiptUrl}/take-back`, `file=${files[0]?.uploadId ?? ''}`, { cookie: gone.cookie });
    for (const [browser, badge] of [
      [kept, '<span class="badge badge-good">Complete</span>'],
      [gone, '<span class="badge badge-quiet">Taken back</span>'],
    ] as const)
      expect((await get(`/r/${request.token}`, browser.cookie)).body).toContain(badge);
  });

  test('is not told before a password that was not shown', async () => {
    const locked = await portal.openRequest({ password: 'open sesame' });
    const reply = await begin(locked, { name: 'Hanako', password: 'open sesame' });
    const begun = JSON.parse(reply.body) as Begun;
    await portal.send(begun, { name: 'a.txt', content: 'a' });
    await portal.finish(begun);
    const cookie = cookieOf(reply);
    expect((await get(`/r/${locked.token}`, cookie)).body).not.toContain(begun.receiptNumber);
    const shown = await post(`/r/${locked.token}/password`, 'password=open+sesame');
    const both = `${cookie}; ${cookieOf(shown)}`;
    expect((await get(`/r/${locked.token}`, both)).body).toContain(begun.receiptNumber);
    const { headers } = await post(`/r/${locked.token}/forget`, '', { cookie: both });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^sent-lnk_\w+=;.*Max-Age=0; Path=\/;/),
      expect.stringMatching(/^opened-lnk_\w+=;.*Max-Age=0; Path=\/r\/;/),
    ]);
    expect((await get(`/r/${locked.token}?forgotten`)).body).toContain('This device has forgotten');
  });

  test('can be forgotten while it is not finished, too', async () => {
    const reply = await begin(request, { name: 'Hanako', answers: { company: 'B' } });
    const begun = JSON.parse(reply.body) as Begun;
    await portal.send(begun, { name: 'half.txt', content: 'half' });
    const title = 'Forget on this device';
    const { body } = await get(`/r/${request.token}`, cookieOf(reply));
    expect(body.split(title)).toHaveLength(2);
    // What it means is said before, and where to find what has arrived; nothing is said of receipts that are not there.
    const { receiptUrl } = await portal.status(begun);
    expect(body).toMatch(/<details class="forget">[^]*<form[^]*<\/details>/);
    expect(body).toContain(`${begun.receiptNumber} is not finished, and has no receipt yet`);
    expect(body).toContain('After 24 hours without anything new it is ended as it is');
    expect(body).toContain(`<a href="${receiptUrl}">${begun.receiptNumber}</a>`);
    expect(body).not.toContain('Only the address of a receipt leads back to it');
    const sent = (await get(`/r/${request.token}`, (await sendFrom()).cookie)).body;
    expect(sent).toContain('Only the address of a receipt leads back to it');
    expect(sent).not.toContain('is not finished, and has no receipt yet');
    // What is in a template is shown only after a sending.
    const strangers = (await get(`/r/${request.token}`)).body.replaceAll(/<template[^]*?<\/template>/g, '');
    expect(strangers).not.toContain(title);
  });

  test('is kept so short that no server refuses it: six of a link, and nine links, the last ones', async () => {
    const others = Array.from({ length: 10 }, (_, index) => `sent-lnk_${index}=${'x'.repeat(43)}`);
    let cookie = others.join('; ');
    for (let count = 1; count <= 7; count += 1) {
      const reply = await begin(request, { name: 'Hanako', answers: { company: 'B' } }, { cookie });
      const [kept = '', ...expired] = (reply.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]);
      expect(kept.split('.')).toHaveLength(Math.min(count, 6));
      expect(expired).toEqual(count === 1 ? ['sent-lnk_0=', 'sent-lnk_1='] : []);
      cookie = [...others.slice(2), kept].join('; ');
    }
  });
});

describe('taking back on the receipt’s page', () => {
  test('says what it means, and does it, in the browser that has sent it', async () => {
    const first = await sendFrom();
    const { receiptUrl, files } = await portal.status(first);
    const uploadId = files[0]?.uploadId ?? '';
    const page = await get(receiptUrl, first.cookie);
    expect(page.body).toMatch(/You can take files back until <time[^>]*>\w{3}, \d/);
    const sure = await get(`${receiptUrl}/take-back?file=${uploadId}`, first.cookie);
    expect(sure.body).toContain('Take these files back?');
    expect(sure.body).toContain('first.txt');
    expect((await portal.status(first)).files).toMatchObject([{ state: 'stored' }]);
    for (const none of [
      await get(`${receiptUrl}/take-back`, first.cookie),
      await post(`${receiptUrl}/take-back`, '', { cookie: first.cookie }),
    ]) {
      expect(none.status).toBe(422);
      expect(none.body).toMatch(/Files to take back[^]*Choose at least one file\.[^]*first\.txt/);
    }
    expect(page.body).not.toContain('Choose at least one file');
    const done = await post(`${receiptUrl}/take-back`, `file=${uploadId}`, { cookie: first.cookie });
    expect([done.status, done.headers.location]).toEqual([303, receiptUrl]);
    const after = await get(receiptUrl, first.cookie);
    expect(after.body).toContain('1 file is taken back');
    expect(after.body).toMatch(/Add files/);
    expect(page.body).not.toContain('nothing is submitted with this receipt');
    expect(after.body).toContain('nothing is submitted with this receipt any more');
    for (const again of [
      await get(`${receiptUrl}/take-back?file=${uploadId}`, first.cookie),
      await post(`${receiptUrl}/take-back`, `file=${uploadId}`, { cookie: first.cookie }),
    ]) {
      expect(again.status).toBe(409);
      expect(again.body).toContain('have been taken back already');
    }
  });

  test('names what is required and missing again, until what is added has it', async () => {
    const listed = await portal.openRequest({
      fields,
      takeBackMinutes: 60,
      items: [{ label: 'Certificate' }],
    });
    const reply = await begin(listed, { name: 'Hanako', answers: { company: 'B' } });
    const begun = JSON.parse(reply.body) as Begun & { items: { id: string }[] };
    const item = begun.items[0]?.id ?? '';
    const cookie = cookieOf(reply);
    await sendFor(begun, item);
    await portal.finish(begun);
    const { receiptUrl, files } = await portal.status(begun);
    expect((await get(receiptUrl, cookie)).body).not.toContain('Still missing');
    await post(`${receiptUrl}/take-back`, `file=${files[0]?.uploadId ?? ''}`, { cookie });
    expect((await get(receiptUrl, cookie)).body).toContain('Still missing: Certificate');
    expect((await get(receiptUrl)).body).not.toContain('Still missing');
    const more = await begin(listed, { supplementOf: begun.submissionId }, { cookie });
    await sendFor(JSON.parse(more.body) as Begun, item);
    expect((await get(receiptUrl, cookie)).body).not.toContain('Still missing');
  });

  test('is nothing that whoever is given the address can do, nor another site', async () => {
    const [first, other] = [await sendFrom(), await sendFrom()];
    const { receiptUrl, files } = await portal.status(first);
    const uploadId = files[0]?.uploadId ?? '';
    for (const cookie of [undefined, other.cookie]) {
      const shown = await get(receiptUrl, cookie);
      expect(shown.status).toBe(200);
      expect(shown.body).not.toMatch(/take-back|\?add=/);
      expect(shown.body).toContain('open this page in the browser you sent from');
      expect((await get(`${receiptUrl}/take-back?file=${uploadId}`, cookie)).status).toBe(404);
      const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
      expect((await post(`${receiptUrl}/take-back`, `file=${uploadId}`, headers)).status).toBe(404);
    }
    const foreign = await post(`${receiptUrl}/take-back`, `file=${uploadId}`, {
      cookie: first.cookie,
      origin: 'https://elsewhere.example',
    });
    expect(foreign.status).toBe(403);
    expect((await portal.status(first)).files).toMatchObject([{ state: 'stored' }]);
    expect((await get(receiptUrl, first.cookie)).body).not.toContain('in the browser you sent from');
  });

  test('is refused in words when it is too late', async () => {
    const never = await portal.openRequest({ takeBackMinutes: 0, fields });
    const first = await sendFrom(never);
    const { receiptUrl, files } = await portal.status(first);
    expect((await get(receiptUrl, first.cookie)).body).not.toContain('You can take files back');
    expect((await get(receiptUrl)).body).toContain(
      'To add files, open this page in the browser you sent from',
    );
    const late = await post(`${receiptUrl}/take-back`, `file=${files[0]?.uploadId ?? ''}`, {
      cookie: first.cookie,
      'accept-language': 'ja',
    });
    expect(late.status).toBe(409);
    expect(late.body).toContain('ファイルを取り下げられる時間が過ぎています');
    expect(late.body).toContain(receiptUrl);
  });
});
