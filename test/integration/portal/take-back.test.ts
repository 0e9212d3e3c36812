import { and, eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { claimDelivery, loadDelivery } from '../../../db/queries/delivery-claims.ts';
import { beat } from '../../../db/queries/nodes.ts';
import { uploadsToRemove } from '../../../db/queries/upload-ends.ts';
import { auditEvents, deliveries, files, nodes, submissions, uploads } from '../../../db/schema/index.ts';
import { checkReceipt, receiptAsText } from '../../../server/intake/check-receipt.ts';
import { parseReceipt } from '../../../server/intake/rules/receipt.ts';
import { removeOrAskAgain } from '../../../server/upload/removal.ts';
import { type Begun, type OpenRequest, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { ask, bare, codeOf, filesOf, noticesOf, uploadRow } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest({ takeBackMinutes: 60 });
  await beat(portal.db, node, 'importer');
  await portal.db.update(nodes).set({ aliveUntil: sql`now() + interval '1 hour'` }).where(eq(nodes.id, node));
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const node = 'nod_of_test';

type Sent = Awaited<ReturnType<TestPortal['submit']>>;

const two = [
  { name: 'a.txt', content: 'right' },
  { name: 'b.txt', content: 'wrong' },
];

const uploadOf = ({ description }: Pick<Sent, 'description'>, name: string): string =>
  description.files.find((file) => file.name === name)?.uploadId ?? 'none';

const takeBack = (begun: Pick<Begun, 'submissionId' | 'credential'>, uploadId: string) =>
  ask(portal.url, {
    method: 'POST',
    path: `/submissions/${begun.submissionId}/files/${uploadId}/take-back`,
    headers: { authorization: `Bearer ${begun.credential}` },
  });

const rowOf = async ({ submissionId }: Pick<Begun, 'submissionId'>) => {
  const [row] = await portal.db.select().from(submissions).where(eq(submissions.id, submissionId));
  if (row === undefined) throw new Error('no such submission');
  return row;
};

const deliveriesOf = ({ submissionId }: Pick<Begun, 'submissionId'>) =>
  portal.db.select().from(deliveries).where(eq(deliveries.submissionId, submissionId));

const fileStates = async ({ submissionId }: Pick<Begun, 'submissionId'>) =>
  (await portal.db.select().from(files).where(eq(files.submissionId, submissionId)).orderBy(files.path)).map(
    ({ state }) => state,
  );

const makeDue = (begun: Pick<Begun, 'submissionId'>) =>
  portal.db
    .update(deliveries)
    .set({ notBefore: sql`now() - interval '1 second'` })
    .where(eq(deliveries.submissionId, begun.submissionId));

/** As if it had been sealed so many minutes earlier. */
const age = (begun: Pick<Begun, 'submissionId'>, minutes: number) =>
  portal.db
    .update(submissions)
    .set({ sealedAt: sql`${submissions.sealedAt} - ${minutes} * interval '1 minute'` })
    .where(eq(submissions.id, begun.submissionId));

describe('a file that is taken back', () => {
  test('is withdrawn, told of, and gone from Nextcloud; the other stays and is what is delivered', async () => {
    const sent = await portal.submit(request, two);
    expect(sent.description.takeBackUntil).toMatch(/Z$/);
    const reply = await takeBack(sent, uploadOf(sent, 'b.txt'));
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.body)).toMatchObject({
      state: 'sealed',
      files: [
        { name: 'a.txt', state: 'stored' },
        { name: 'b.txt', state: 'withdrawn', withdrawnAt: expect.stringMatching(/Z$/) },
      ],
    });
    expect(await fileStates(sent)).toEqual(['stored', 'withdrawn']);
    await until('the file to be gone', () => filesOf(portal, request, sent).length === 1);
    expect(filesOf(portal, request, sent)).toEqual([expect.stringContaining('/a.txt')]);
    const [delivery] = await deliveriesOf(sent);
    if (delivery === undefined) throw new Error('no delivery');
    expect(delivery.state).toBe('waiting');
    expect((await loadDelivery(portal.db, delivery)).files).toMatchObject([{ path: 'a.txt' }]);
    const [told] = (await noticesOf(portal, 'submission.taken-back')).filter(
      ({ subject }) => subject === sent.submissionId,
    );
    expect(told).toMatchObject({ level: 'information', params: { receipt: sent.receiptNumber, files: 1 } });
    const [line] = await portal.db
      .select()
      .from(auditEvents)
      .where(
        and(
          eq(auditEvents.action, 'file.taken-back'),
          eq(auditEvents.actor, `submission:${sent.submissionId}`),
        ),
      );
    expect(line?.details).toMatchObject({ path: 'b.txt', receipt: sent.receiptNumber });
    const cookie = await portal.signIn();
    const console = await ask(portal.url, {
      path: `/staff/requests/${request.id}`,
      headers: { cookie, accept: 'text/html' },
    });
    expect(console.body).toContain('Taken back');
  });

  test('is on the receipt as taken back; the earlier receipt stays genuine', async () => {
    const sent = await portal.submit(request, two);
    const { intake } = portal.composed.portal;
    const signedNow = async () => {
      const { receiptText: text, receiptSignature: signature } = await rowOf(sent);
      return { text: text ?? '', signature: signature ?? '' };
    };
    const before = await signedNow();
    await takeBack(sent, uploadOf(sent, 'b.txt'));
    const after = await signedNow();
    const receipt = parseReceipt(after.text);
    expect(receipt).toMatchObject({
      number: sent.receiptNumber,
      files: [{ path: 'a.txt' }],
      withdrawn: [{ path: 'b.txt' }],
    });
    expect(Date.parse(receipt.issuedAt ?? '')).toBeGreaterThan(
      Date.parse(parseReceipt(before.text).issuedAt ?? ''),
    );
    for (const [signed, count] of [
      [before, 2],
      [after, 1],
    ] as const) {
      const verdict = checkReceipt(intake.receipts, receiptAsText(intake, signed, 'ja'));
      expect(verdict).toMatchObject({ genuine: true });
      expect(verdict.genuine && verdict.receipt.files).toHaveLength(count);
    }
    const page = await ask(portal.url, { path: sent.description.receiptUrl });
    expect(page.body).toMatch(/slip-withdrawn[^]*b\.txt/);
  });

  test('with all the others leaves nothing to deliver: the delivery is called off, in words', async () => {
    const sent = await portal.submit(request, two);
    await takeBack(sent, uploadOf(sent, 'a.txt'));
    expect(await deliveriesOf(sent)).toMatchObject([{ state: 'waiting' }]);
    await takeBack(sent, uploadOf(sent, 'b.txt'));
    const [delivery] = await deliveriesOf(sent);
    expect(delivery?.state).toBe('withdrawn');
    await makeDue(sent);
    expect(await claimDelivery(portal.db, delivery?.id ?? '', node)).toBeUndefined();
    expect((await rowOf(sent)).receiptText).toContain('"files": []');
    const text = await ask(portal.url, { path: `${sent.description.receiptUrl}/receipt.txt` });
    expect(text.body).toContain('Files: 0 (0 bytes)');
  });

  test('delivered on its own calls off its own delivery and no other', async () => {
    const each = await portal.openRequest({ takeBackMinutes: 60, deliverPer: 'file' });
    const sent = await portal.submit(each, two);
    await takeBack(sent, uploadOf(sent, 'b.txt'));
    const states = (await deliveriesOf(sent)).map(({ state }) => state).sort();
    expect(states).toEqual(['waiting', 'withdrawn']);
  });

  test('can be taken back before the end too, and its name is free again', async () => {
    const begun = await portal.begin(request);
    for (const file of two) await portal.send(begun, file);
    const uploadId = uploadOf({ description: await portal.status(begun) }, 'b.txt');
    expect((await takeBack(begun, uploadId)).status).toBe(200);
    await until('its removal', async () => (await uploadRow(portal, uploadId)).removedAt !== null);
    await portal.send(begun, { name: 'b.txt', content: 'right' });
    await portal.finish(begun);
    const receipt = parseReceipt((await rowOf(begun)).receiptText ?? '');
    expect(receipt.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
    // It was on no receipt before.
    expect(receipt.withdrawn).toEqual([]);
  });
});

describe('it is refused', () => {
  test('when the window is over, and not before', async () => {
    const sent = await portal.submit(request, two);
    await age(sent, 59);
    expect((await takeBack(sent, uploadOf(sent, 'a.txt'))).status).toBe(200);
    await age(sent, 1);
    const late = await takeBack(sent, uploadOf(sent, 'b.txt'));
    expect([late.status, codeOf(late)]).toEqual([409, 'take-back.over']);
    expect(await fileStates(sent)).toEqual(['withdrawn', 'stored']);
  });

  test('of what is handed on already', async () => {
    const sent = await portal.submit(request, two);
    await portal.db
      .update(files)
      .set({ state: 'imported' })
      .where(and(eq(files.submissionId, sent.submissionId), eq(files.path, 'b.txt')));
    const refused = await takeBack(sent, uploadOf(sent, 'b.txt'));
    expect([refused.status, codeOf(refused)]).toEqual([409, 'take-back.handed-on']);
  });

  test('to anybody else, as what is not there; of an unknown file, in words', async () => {
    const [sent, other] = [await portal.submit(request, two), await portal.submit(request, two)];
    const unknown = await takeBack({ ...sent, submissionId: 'sub_none' }, uploadOf(sent, 'a.txt'));
    expect(unknown.status).toBe(404);
    for (const credential of [other.credential, 'wrong', ''])
      expect(bare(await takeBack({ ...sent, credential }, uploadOf(sent, 'a.txt')))).toEqual(bare(unknown));
    // One of another's files, with the own credential.
    for (const uploadId of [uploadOf(other, 'a.txt'), 'upl_none']) {
      const refused = await takeBack(sent, uploadId);
      expect([refused.status, codeOf(refused)]).toEqual([404, 'file.unknown']);
    }
    expect([await fileStates(sent), await fileStates(other)]).toEqual([
      ['stored', 'stored'],
      ['stored', 'stored'],
    ]);
    expect((await takeBack(sent, uploadOf(sent, 'a.txt'))).status).toBe(200);
  });
});

describe('at the same moment', () => {
  test('two that take the same file back are one', async () => {
    const sent = await portal.submit(request, two);
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => takeBack(sent, uploadOf(sent, 'b.txt'))),
    );
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const told = (await noticesOf(portal, 'submission.taken-back')).filter(
      ({ subject }) => subject === sent.submissionId,
    );
    expect(told).toMatchObject([{ timesSeen: 1 }]);
  });

  test('a delivery that becomes due and a file that is taken back: one of them wins, whole', async () => {
    const sent = await portal.submit(request, two);
    const [first] = await deliveriesOf(sent);
    await makeDue(sent);
    expect(await claimDelivery(portal.db, first?.id ?? '', node)).toBeDefined();
    const refused = await takeBack(sent, uploadOf(sent, 'a.txt'));
    expect([refused.status, codeOf(refused)]).toEqual([409, 'take-back.handed-on']);
    for (let round = 0; round < 8; round += 1) {
      const raced = await portal.submit(request, two.slice(0, 1));
      const [delivery] = await deliveriesOf(raced);
      await makeDue(raced);
      const [reply, claimed] = await Promise.all([
        takeBack(raced, uploadOf(raced, 'a.txt')),
        claimDelivery(portal.db, delivery?.id ?? '', node),
      ]);
      expect([reply.status, ...(await fileStates(raced))]).toEqual(
        claimed === undefined ? [200, 'withdrawn'] : [409, 'importing'],
      );
    }
  });
});

describe('its file in Nextcloud', () => {
  test('is left when somebody has changed it', async () => {
    const sent = await portal.submit(request, two);
    const { accountId } = await portal.composed.portal.intake.portalAccount();
    const nextcloud = await portal.composed.portal.intake.accounts.nextcloudFor(accountId);
    const folder = `${request.folder}/${(await rowOf(sent)).folderName}`;
    await nextcloud.files.put(`${folder}/b.txt`, Buffer.from('by staff'), { sizeBytes: 8 });
    const uploadId = uploadOf(sent, 'b.txt');
    await takeBack(sent, uploadId);
    await until('its removal', async () => (await uploadRow(portal, uploadId)).removedAt !== null);
    expect(filesOf(portal, request, sent)).toHaveLength(2);
  });

  test('is removed when Nextcloud is there again', async () => {
    const sent = await portal.submit(request, two);
    const away = portal.standin.control.fault({ method: 'DELETE', times: 2, action: { reply: 503 } });
    expect((await takeBack(sent, uploadOf(sent, 'b.txt'))).status).toBe(200);
    await away.hit();
    expect(filesOf(portal, request, sent)).toHaveLength(2);
    await until('the file to be gone', () => filesOf(portal, request, sent).length === 1);
  });

  test('is removed after a restart that came before it, and lost the wake-up', async () => {
    const sent = await portal.submit(request, two);
    const uploadId = uploadOf(sent, 'b.txt');
    const { engine, stopWork } = portal.composed;
    // Last of this file: nothing works in this portal any more.
    await stopWork();
    await takeBack(sent, uploadId);
    await portal.db.execute(sql`delete from graphile_worker._private_jobs`);
    expect(filesOf(portal, request, sent)).toHaveLength(2);
    await portal.db
      .update(uploads)
      .set({ updatedAt: sql`now() - interval '1 minute'` })
      .where(eq(uploads.id, uploadId));
    expect((await uploadsToRemove(portal.db)).map(({ id }) => id)).toContain(uploadId);
    await removeOrAskAgain(engine, uploadId);
    expect(filesOf(portal, request, sent)).toEqual([expect.stringContaining('/a.txt')]);
  });
});
