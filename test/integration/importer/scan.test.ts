import { Readable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unresolvedNotices } from '../../../db/queries/notices.ts';
import { releaseFile } from '../../../db/queries/scans.ts';
import { files, type requests } from '../../../db/schema/index.ts';
import { createClamd } from '../../../server/importer/scan/clamd.ts';
import { Failure } from '../../../server/lib/failure.ts';
import { eicar, hasClamd, type RunningClamd, startClamd } from '../../support/clamd.ts';
import {
  enter,
  makeDue,
  newImporter,
  openStage,
  readDelivery,
  readFiles,
  type Stage,
  seedDestination,
  seedSubmission,
} from './setup.ts';

const MiB = 1024 ** 2;
describe.skipIf(!hasClamd && process.env.CI === undefined)('files that are looked at by a real clamd', () => {
  let stage: Stage;
  let clamd: RunningClamd;
  beforeAll(async () => {
    [stage, clamd] = await Promise.all([openStage(), startClamd(4)]);
  });
  afterAll(async () => {
    await stage.close();
    await clamd.stop();
  });

  const scannerOf = (mostBytes = 2 * MiB) => createClamd({ address: clamd.address, mostBytes });

  const seed = async (contents: Record<string, string>, more: Partial<typeof requests.$inferInsert> = {}) => {
    const destinationId = await seedDestination(stage);
    const seeded = await seedSubmission(stage, contents, [destinationId], more);
    const [deliveryId = ''] = await enter(stage, seeded.submissionId);
    const deliver = async (scanner = scannerOf()) => {
      await makeDue(stage, deliveryId);
      return (await newImporter(stage, [], {}, { scanner })).deliverOne(deliveryId);
    };
    const states = async () =>
      (await readFiles(stage, seeded.submissionId)).map(({ path, state, scanResult }) => [
        path,
        state,
        scanResult,
      ]);
    const told = async () =>
      (await unresolvedNotices(stage.db, 'all')).filter(({ requestId }) => requestId === seeded.requestId);
    return { ...seeded, deliveryId, deliver, states, told };
  };

  test('one in which something is found is quarantined and not delivered, its neighbours are', async () => {
    const { deliver, states, told } = await seed({ 'evil.com': eicar, 'good.txt': 'good' });
    expect(await deliver()).toBe('delivered');
    expect(await states()).toEqual([
      ['evil.com', 'quarantined', 'found'],
      ['good.txt', 'imported', 'clean'],
    ]);
    expect((await told()).map(({ code, params }) => [code, params.file, params.found])).toEqual([
      ['file.quarantined', 'evil.com', 'Eicar-Test-Signature.UNOFFICIAL'],
    ]);
  });

  test('a submission of nothing else is given up, in words; released by staff, it is delivered', async () => {
    const { deliver, states, told, deliveryId, fileIds } = await seed({ 'evil.com': eicar });
    expect(await deliver()).toBe('dead');
    expect((await readDelivery(stage, deliveryId)).failureCode).toBe('file.quarantined');
    await stage.db.transaction((tx) => releaseFile(tx, fileIds[0] ?? ''));
    await stage.db.execute(`update deliveries set state = 'waiting' where id = '${deliveryId}'`);
    expect(await deliver()).toBe('delivered');
    expect(await states()).toEqual([['evil.com', 'imported', 'found']]);
    expect((await told()).map(({ code }) => code)).not.toContain('file.quarantined');
  });

  test.each([
    ['deliver', 'delivered', 'imported'],
    ['hold', 'retry', 'importing'],
  ] as const)(
    'one that is over the limit is not called clean; the request says: %s',
    async (unscanned, outcome, state) => {
      const large = 'x'.repeat(3 * MiB);
      const { deliver, states, told, deliveryId } = await seed({ 'large.bin': large }, { unscanned });
      expect(await deliver()).toBe(outcome);
      expect(await states()).toEqual([['large.bin', state, 'over-limit']]);
      expect((await told()).map(({ code }) => code)).toEqual(unscanned === 'hold' ? ['file.unscanned'] : []);
      expect((await readDelivery(stage, deliveryId)).attempts).toBe(unscanned === 'hold' ? 0 : 1);
    },
  );

  test('one that clamd itself finds too large is not called clean, whether or not it hangs up on it', async () => {
    const scanner = scannerOf(100 * MiB);
    const file = (sizeBytes: number) => ({
      sizeBytes,
      open: () => Promise.resolve(Readable.from([Buffer.alloc(sizeBytes)])),
    });
    const never = new AbortController().signal;
    expect(await scanner.scan(file(5 * MiB), never)).toEqual({ result: 'over-limit' });
    expect(await scanner.scan(file(20 * MiB), never)).toEqual({ result: 'over-limit' });
    expect(await scanner.scan(file(MiB), never)).toEqual({ result: 'clean' });
  });

  test('a scanner that is away is waited for, staff are told, and no attempt is used up', async () => {
    const { deliver, deliveryId } = await seed({ 'a.txt': 'a' });
    const scannerTold = async () =>
      (await unresolvedNotices(stage.db, 'all')).filter(({ code }) => code === 'scan.unavailable').length;
    expect(await deliver(createClamd({ address: '/nowhere/clamd.sock', mostBytes: MiB }))).toBe('retry');
    expect(await scannerTold()).toBe(1);
    expect((await readDelivery(stage, deliveryId)).attempts).toBe(0);
    expect(await deliver()).toBe('delivered');
    expect(await scannerTold()).toBe(0);
  });

  test('bytes that are not those of the receipt are found while they are scanned', async () => {
    const { deliver, submissionId, deliveryId } = await seed({ 'a.txt': 'a' });
    await stage.db
      .update(files)
      .set({ sha256: '0'.repeat(64) })
      .where(eq(files.submissionId, submissionId));
    expect(await deliver()).toBe('dead');
    expect((await readDelivery(stage, deliveryId)).failureCode).toBe('upload.integrity');
  });

  test('what breaks in the source is what the scan fails with', async () => {
    const failure = new Failure('nextcloud.stalled', { retry: 'later' });
    const open = () =>
      Promise.resolve(
        Readable.from(
          (async function* () {
            yield Buffer.from('a');
            throw failure;
          })(),
        ),
      );
    await expect(scannerOf().scan({ open, sizeBytes: 2 }, new AbortController().signal)).rejects.toBe(
      failure,
    );
  });
});

describe('without a scanner', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  test.each([
    ['deliver', 'delivered'],
    ['hold', 'retry'],
  ] as const)('files stay what they are, not looked at; the request says: %s', async (unscanned, outcome) => {
    const destinationId = await seedDestination(stage);
    const { submissionId, fileIds } = await seedSubmission(stage, { 'a.txt': 'a' }, [destinationId], {
      unscanned,
    });
    const [deliveryId = ''] = await enter(stage, submissionId);
    const importer = await newImporter(stage);
    expect(await importer.deliverOne(deliveryId)).toBe(outcome);
    expect((await readFiles(stage, submissionId)).map(({ scanResult }) => scanResult)).toEqual([null]);
    if (outcome === 'delivered') return;
    await stage.db.transaction((tx) => releaseFile(tx, fileIds[0] ?? ''));
    await makeDue(stage, deliveryId);
    expect(await importer.deliverOne(deliveryId)).toBe('delivered');
  });
});
