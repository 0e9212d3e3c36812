import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { files, submissions, uploads } from '../../../db/schema/index.ts';
import type { ReceiptProgress } from '../../../server/intake/describe-receipt.ts';
import type { Receipt } from '../../../server/intake/rules/receipt.ts';
import { endSubmission } from '../../../server/intake/seal.ts';
import {
  type Begun,
  type OpenRequest,
  partBytes,
  startPortal,
  type TestPortal,
  until,
} from '../../support/portal.ts';
import { ask, codeOf, contentOf, noticesOf, storedBelow, tusOf, uploadFolders } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal({ importer: true });
  request = await portal.openRequest({ takeBackMinutes: 0 });
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

const rowOf = async ({ submissionId }: Pick<Begun, 'submissionId'>) => {
  const [row] = await portal.db.select().from(submissions).where(eq(submissions.id, submissionId));
  if (row === undefined) throw new Error('no such submission');
  return row;
};

const stateOf = async (path: string): Promise<ReceiptProgress> =>
  JSON.parse((await ask(portal.url, { path: `${path}/state.json` })).body) as ReceiptProgress;

const folderOf = async (begun: Begun): Promise<string> =>
  `${request.folder.slice(1)}/${(await rowOf(begun)).folderName}`;

/** The receipt of a sealed submission, as it was signed. */
const receiptOf = async (begun: Begun) => {
  const { receiptText, receiptSignature } = await rowOf(begun);
  if (receiptText === null || receiptSignature === null) throw new Error('there is no receipt');
  return { text: receiptText, signature: receiptSignature, receipt: JSON.parse(receiptText) as Receipt };
};

describe('a sending that is finished', () => {
  test('is the same bytes in Nextcloud, in the receipt, in the manifest and in the folder', async () => {
    const [large, small] = [randomBytes(3 * partBytes + 12_345), Buffer.from('小さい')];
    const sent = await portal.submit(request, [
      { name: 'large.bin', content: large },
      { name: '証憑.txt', content: small },
    ]);
    const folder = await folderOf(sent);
    expect(sha256(await contentOf(portal, `${folder}/large.bin`))).toBe(sha256(large));
    expect(sha256(await contentOf(portal, `${folder}/証憑.txt`))).toBe(sha256(small));
    const { receipt } = await receiptOf(sent);
    expect(receipt).toMatchObject({
      format: 'uketori-receipt/2',
      number: sent.receiptNumber,
      request: { id: request.id },
      submitter: { name: 'Hanako' },
      late: false,
      finishedBySubmitter: true,
    });
    expect(receipt.files.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256 }))).toEqual([
      { path: 'large.bin', sizeBytes: large.length, sha256: sha256(large) },
      { path: '証憑.txt', sizeBytes: small.length, sha256: sha256(small) },
    ]);
    const delivered = await until('the delivery', async () => {
      const page = await ask(portal.url, { path: sent.description.receiptUrl ?? '' });
      return page.body.includes('Handed on <time') && page;
    });
    expect(delivered.body).toContain(sha256(large));
    const manifests = await until('the manifest', async () =>
      readFile(join(portal.importDir, await deliveredFolder(sent), 'manifest.json'), 'utf8'),
    );
    expect(manifests).toContain(sha256(large));
    const imported = await readFile(join(portal.importDir, await deliveredFolder(sent), 'large.bin'));
    expect(sha256(imported)).toBe(sha256(large));
  });

  test('leaves no upload folder behind in Nextcloud', async () => {
    await portal.submit(request, [{ name: 'parts.bin', content: randomBytes(2 * partBytes + 1) }]);
    await until('the clean-up', () => uploadFolders(portal).length === 0);
    expect(uploadFolders(portal)).toEqual([]);
  });

  test('is not sealed before every byte is stored, and says so until then', async () => {
    const begun = await portal.begin(request);
    const held = portal.standin.control.fault({ method: 'COPY', times: 2, action: { reply: 423 } });
    await portal.send(begun, { name: 'waits.bin', content: randomBytes(2 * partBytes) });
    await held.hit();
    const answer = await portal.finish(begun);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ state: 'finishing' });
    expect(await rowOf(begun)).toMatchObject({ state: 'finishing', receiptText: null, sealedAt: null });
    const sealed = await until('the seal', async () => {
      const now = await portal.status(begun);
      return now.state === 'sealed' && now;
    });
    expect(sealed.files).toMatchObject([{ state: 'stored' }]);
    expect(held.hits).toBe(2);
  });

  test('can not be finished with an upload under way, and can once it is complete', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const content = randomBytes(2000);
    const id = await tus.made('half.bin', content.length);
    await tus.patch(id, 0, content.subarray(0, 1000));
    const refused = await portal.finish(begun);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'submission.unfinished', params: { files: 1 } });
    expect((await portal.status(begun)).state).toBe('open');
    expect((await tus.patch(id, 1000, content.subarray(1000))).status).toBe(204);
    await until('the seal', async () => {
      const answer = await portal.finish(begun);
      expect([200, 202]).toContain(answer.status);
      return answer.status === 200;
    });
    expect(sha256(await contentOf(portal, `${await folderOf(begun)}/half.bin`))).toBe(sha256(content));
  });

  test('can not be finished empty', async () => {
    const begun = await portal.begin(request);
    const refused = await portal.finish(begun);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: 'submission.empty' });
  });

  test('is the same receipt when it is finished again', async () => {
    const sent = await portal.submit(request, [{ name: 'once.txt', content: 'once' }]);
    const before = await receiptOf(sent);
    const again = await portal.finish(sent);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ state: 'sealed', receiptUrl: sent.description.receiptUrl });
    expect(await receiptOf(sent)).toEqual(before);
    const told = (await noticesOf(portal, 'submission.sealed')).filter(
      ({ subject }) => subject === sent.submissionId,
    );
    expect(told).toMatchObject([{ timesSeen: 1 }]);
  });

  test('is finished once by many who say so at the same time', async () => {
    const begun = await portal.begin(request);
    await portal.send(begun, { name: 'many.txt', content: 'many' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => portal.finish(begun)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
    const told = (await noticesOf(portal, 'submission.sealed')).filter(
      ({ subject }) => subject === begun.submissionId,
    );
    expect(told).toMatchObject([{ timesSeen: 1 }]);
  });

  test('takes nothing more; what comes later is a sending of its own, in a folder of its own', async () => {
    const first = await portal.submit(request, [{ name: 'a.txt', content: 'first' }]);
    const late = await tusOf(portal, first).createNamed('b.txt', 1);
    expect([late.status, codeOf(late)]).toEqual([409, 'submission.sealed']);
    const second = await portal.submit(request, [{ name: 'a.txt', content: 'second' }]);
    expect(second.receiptNumber).not.toBe(first.receiptNumber);
    expect((await contentOf(portal, `${await folderOf(first)}/a.txt`)).toString()).toBe('first');
    expect((await contentOf(portal, `${await folderOf(second)}/a.txt`)).toString()).toBe('second');
    expect(storedBelow(portal, await folderOf(first))).toHaveLength(1);
  });

  test('counts no file that was taken away before the end', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    await portal.send(begun, { name: 'kept.txt', content: 'kept' });
    expect((await tus.remove(await tus.made('dropped.txt', 10))).status).toBe(204);
    expect((await portal.finish(begun)).status).toBe(200);
    expect((await receiptOf(begun)).receipt.files.map(({ path }) => path)).toEqual(['kept.txt']);
  });
});

describe('a receipt', () => {
  test('is checked with the key that anybody can have, and fails for one changed byte', async () => {
    const { text, signature } = await receiptOf(
      await portal.submit(request, [{ name: 'r.txt', content: 'r' }]),
    );
    const pem = await ask(portal.url, { path: '/receipts/key' });
    expect(pem.status).toBe(200);
    const key = createPublicKey(pem.body);
    const holds = (bytes: Buffer) => verify(null, bytes, key, Buffer.from(signature, 'base64url'));
    const bytes = Buffer.from(text);
    expect(holds(bytes)).toBe(true);
    for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(holds(changed)).toBe(false);
    }
  });

  test('is shown at its private address, and at no other', async () => {
    const sent = await portal.submit(request, [{ name: 'private.txt', content: 'private' }]);
    const path = sent.description.receiptUrl ?? '';
    const shown = await ask(portal.url, { path });
    expect(shown.status).toBe(200);
    for (const words of [
      sent.receiptNumber,
      'private.txt',
      sha256('private'),
      (await receiptOf(sent)).signature,
    ])
      expect(shown.body).toContain(words);
    const [, id = '', signature = ''] = /^\/receipts\/([^.]+)\.(.+)$/.exec(path) ?? [];
    const other = await portal.submit(request, [{ name: 'other.txt', content: 'other' }]);
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    const unknown = await ask(portal.url, { path: '/receipts/sub_unknown.signature' });
    expect(unknown.status).toBe(404);
    for (const wrong of [`${id}.${flipped}`, id, `${id}.`, `${other.submissionId}.${signature}`]) {
      const refused = await ask(portal.url, { path: `/receipts/${wrong}` });
      expect([wrong, refused.status]).toEqual([wrong, 404]);
      expect(refused.body).toBe(unknown.body);
    }
  });

  test('has its address from the first moment, and is there when all is sealed, not before', async () => {
    const begun = await portal.begin(request);
    const path = (await portal.status(begun)).receiptUrl;
    const open = await ask(portal.url, { path });
    expect(open.status).toBe(200);
    expect(open.body).toContain('Nothing has arrived yet.');
    for (const part of ['receipt.txt', 'receipt.json', 'receipt.sig'])
      expect((await ask(portal.url, { path: `${path}/${part}` })).status).toBe(404);
    await portal.send(begun, { name: 'now.txt', content: 'now' });
    expect(await stateOf(path)).toMatchObject({
      state: 'open',
      isFinal: false,
      files: [{ name: 'now.txt', state: 'stored' }],
    });
    expect((await ask(portal.url, { path })).body).toMatch(/Not finished yet[^]*now\.txt/);
    await portal.finish(begun);
    expect((await ask(portal.url, { path: `${path}/receipt.txt` })).status).toBe(200);
    expect((await ask(portal.url, { path })).body).not.toContain('Not finished yet');
  });

  test('names what was begun and is not there, but nothing that was called off or came once more', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const path = (await portal.status(begun)).receiptUrl;
    await portal.send(begun, { name: 'whole.txt', content: 'whole' });
    const calledOff = await tus.made('called-off.bin', 10);
    await tus.remove(calledOff);
    const again = await tus.made('again.txt', 5);
    await portal.db
      .update(uploads)
      .set({ state: 'failed', failureCode: 'upload.lost', removedAt: sql`now()` })
      .where(eq(uploads.id, again));
    await tus.patch(await tus.made('half.bin', 10), 0, Buffer.from('half'));
    expect((await stateOf(path)).notArrived).toEqual([{ name: 'again.txt', failureCode: 'upload.lost' }]);
    const failed = (await ask(portal.url, { path })).body;
    expect(failed).toMatch(/Not received[^]*again\.txt[^]*send this file again[^]*Then send them again/);
    await portal.send(begun, { name: 'again.txt', content: 'again' });
    expect((await stateOf(path)).notArrived).toEqual([]);
    await portal.db.transaction((tx) => endSubmission(portal.composed.portal.intake, tx, begun.submissionId));
    expect(await stateOf(path)).toMatchObject({
      state: 'sealed',
      notArrived: [{ name: 'half.bin', failureCode: 'upload.not-finished' }],
    });
    const sealed = (await ask(portal.url, { path })).body;
    expect(sealed).toMatch(/Not received[^]*half\.bin[^]*It did not arrive whole/);
    expect(sealed).not.toContain('called-off.bin');
    expect((await ask(portal.url, { path: `${path}/receipt.txt` })).body).not.toContain('half.bin');
  });

  test('says how far each file has come: handed on when all its deliveries are confirmed', async () => {
    const held = portal.standin.control.fault({ method: 'COPY', times: 2, action: { reply: 423 } });
    const begun = await portal.begin(request);
    const path = (await portal.status(begun)).receiptUrl;
    await portal.send(begun, { name: 'steps.bin', content: randomBytes(2 * partBytes) });
    await held.hit();
    expect((await portal.finish(begun)).status).toBe(202);
    expect(await stateOf(path)).toMatchObject({ state: 'finishing', files: [{ state: 'received' }] });
    expect((await ask(portal.url, { path })).body).toContain('Being stored');
    const done = await until('the last step', async () => {
      const now = await stateOf(path);
      return now.isFinal && now;
    });
    expect(done).toMatchObject({ state: 'sealed', handsOn: true, files: [{ state: 'imported' }] });
    expect(done.files[0]?.importedAt).toMatch(/^\d{4}-.*Z$/);
  });

  test('does not tell that a delivery was given up or a file is in quarantine: the file is stored', async () => {
    const kept = await portal.openRequest({ takeBackMinutes: 60 });
    const sent = await portal.submit(kept, [{ name: 'kept.txt', content: 'kept' }]);
    for (const state of ['failed', 'quarantined', 'importing'] as const) {
      await portal.db.update(files).set({ state }).where(eq(files.submissionId, sent.submissionId));
      const told = await stateOf(sent.description.receiptUrl);
      expect(told.files).toMatchObject([{ state: 'stored' }]);
      expect(told.isFinal).toBe(false);
    }
  });
});

/** The folder that the destination made for a submission. */
const deliveredFolder = async (begun: Begun): Promise<string> => {
  const found = await until('the delivered folder', async () =>
    (await readdir(portal.importDir, { recursive: true })).find(
      (path) => path.includes(begun.receiptNumber) && path.endsWith('manifest.json'),
    ),
  );
  return found.slice(0, -'/manifest.json'.length);
};
