import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery, Destination } from '../../../server/importer/destinations/destination.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';
import { verified } from '../../../server/importer/verified.ts';
import { Failure, isFailure } from '../../../server/lib/failure.ts';
import {
  contextOf,
  deliveryOf as deliveryOfFiles,
  fileOf as memoryFileOf,
  type TestFile,
} from './deliveries.ts';
import type { Harness, Place, Trouble } from './harness.ts';
import { nextcloudOf, openSettings, toolsOf } from './tools.ts';

const failing = (bytes: Buffer, failure: Error) => () =>
  Readable.from(
    (async function* () {
      yield bytes;
      throw failure;
    })(),
  );

/** Ways in which a system that is called over a network lets its callers down, and what must come of it. */
const troubles: Trouble[] = ['throttled', 'failing', 'answer-lost', 'hanging', 'signed-out'];

/** Puts one kind of destination through what all of them promise. */
export const testDestination = (harness: Harness): void => {
  describe(`destination ${harness.kind}`, () => {
    conformance(harness);
  });
};

/** What a kind does not do is not tested, rather than skipped: no run may skip a test. */
const when = (applies: boolean, register: () => void): void => {
  if (applies) register();
};

const conformance = (harness: Harness): void => {
  let place: Place;
  beforeEach(async () => {
    place = await harness.open();
  });
  afterEach(() => place.remove());

  const hashes = async () => (await place.seen()).map(({ sha256 }) => sha256).sort();
  const fileOf = async (path: string, bytes: Buffer, source?: () => Readable): Promise<TestFile> =>
    (await place.file?.(path, bytes, source)) ?? memoryFileOf(path, bytes, source);
  const deliveryOf = (files: TestFile[], more: Partial<Delivery> = {}) =>
    deliveryOfFiles(files, { ...nextcloudIn(place), ...more });

  /** The destination finds it; where it can't be asked, it is brought once more, and what is there is looked at after. */
  const expectThere = async (delivery: Delivery, context = contextOf()) => {
    const found = await place.destination().probe(delivery, context);
    if (harness.canBeAsked === false) {
      expect(found).toBeUndefined();
      await place.destination().deliver(delivery, context);
      return;
    }
    expect(found?.alreadyThere).toBe(true);
    expect(found?.remote.map(({ file }) => file).sort()).toEqual(delivery.files.map(({ id }) => id).sort());
  };

  test('files arrive with their bytes, the empty one and the large one too', async () => {
    const files = [
      await fileOf('small.txt', Buffer.from('small')),
      await fileOf('empty.dat', Buffer.alloc(0)),
      await fileOf('sub/folder/large.bin', Buffer.alloc(9 * 1024 * 1024 + 1, 'large')),
    ];
    const delivery = deliveryOf(files);
    const delivered = await place.destination().deliver(delivery, contextOf());
    expect(await hashes()).toEqual(files.map(({ sha256 }) => sha256).sort());
    expect(await place.effects(delivery.key)).toBe(1);
    expect(delivered.alreadyThere).toBe(false);
    for (const { id, sizeBytes } of files)
      expect(delivered.remote).toContainEqual(expect.objectContaining({ file: id, sizeBytes }));
    expect(delivered.remote.every(({ verifiedBy }) => verifiedBy !== '')).toBe(true);
  });

  test('Japanese and hostile names arrive, each as a file of its own, and nothing leaves its place', async () => {
    const names = [
      '確定申告 2026年分.pdf',
      '見積書（最終）.xlsx',
      '../../outside.txt',
      '/etc/passwd',
      '..',
      'a\\..\\b',
      'con.txt',
      'NUL',
      'trailing. ',
      'trailing.',
      'case.txt',
      'CASE.txt',
      'star*.txt',
      'star?.txt',
      'nul\0byte',
      'new\nline',
      '\u202Egpj.exe',
      '.hidden',
      'manifest.json',
      `${'長い名前'.repeat(60)}.pdf`,
      'が.txt'.normalize('NFC'),
      'が.txt'.normalize('NFD'),
      '-rf',
      '$(id)',
      '%2e%2e%2f',
      'deep/../../up.txt',
      'deep/file',
    ];
    const files = await Promise.all(
      names.map((name, index) => fileOf(name, Buffer.from(`content ${index}`))),
    );
    const delivery = deliveryOf(files, {
      request: { id: 'req_1', title: '../../up/..\\ CON \u202E' },
      submitter: { name: '../..//\n', email: null },
    });
    await place.destination().deliver(delivery, contextOf());
    expect(await hashes()).toEqual(files.map(({ sha256 }) => sha256).sort());
    expect(await place.effects(delivery.key)).toBe(1);
    expect(await place.strays()).toEqual([]);
  });

  test('killed between delivering and recording: the repeat finds it, and there is one effect', async () => {
    const delivery = deliveryOf([
      await fileOf('a.txt', Buffer.from('a')),
      await fileOf('b.txt', Buffer.from('b')),
    ]);
    const context = contextOf();
    expect(await place.destination().probe(delivery, context)).toBeUndefined();
    await place.destination().deliver(delivery, context);
    await expectThere(delivery, context);
    expect(await place.effects(delivery.key)).toBe(1);
    expect(await place.destination().probe(deliveryOf(delivery.files), contextOf())).toBeUndefined();
  });

  test('repeated without a probe, by one or by two at once: one effect, no file twice', async () => {
    const delivery = deliveryOf([
      await fileOf('a.txt', Buffer.from('a')),
      await fileOf('sub/b.txt', Buffer.from('b')),
    ]);
    const context = contextOf();
    const first = await Promise.allSettled([
      place.destination().deliver(delivery, context),
      place.destination().deliver(delivery, context),
    ]);
    // A twin may be told to come again: then it does.
    const fine = first.map(
      (outcome) =>
        outcome.status === 'fulfilled' || (isFailure(outcome.reason) && outcome.reason.retry === 'later'),
    );
    expect(fine).toEqual([true, true]);
    await place.destination().deliver(delivery, context);
    expect(await hashes()).toEqual(delivery.files.map(({ sha256 }) => sha256).sort());
    expect(await place.effects(delivery.key)).toBe(1);
  });

  when(harness.streams, () => {
    test('half a delivery does not look whole, and is continued', async () => {
      const stalled = new Failure('nextcloud.stalled', { retry: 'later' });
      const bytes = Buffer.alloc(300_000, 'b');
      let broken = true;
      const files = [
        await fileOf('a.txt', Buffer.from('a')),
        await fileOf('b.bin', bytes, () =>
          broken ? failing(bytes.subarray(0, 100_000), stalled)() : Readable.from([bytes]),
        ),
      ];
      const delivery = deliveryOf(files);
      const context = contextOf();
      await expect(place.destination().deliver(delivery, context)).rejects.toBe(stalled);
      expect(await place.effects(delivery.key)).toBe(0);
      expect(await place.destination().probe(delivery, context)).toBeUndefined();
      broken = false;
      await place.destination().deliver(delivery, context);
      expect(await place.effects(delivery.key)).toBe(1);
      expect(await hashes()).toEqual(files.map(({ sha256 }) => sha256).sort());
      expect(files.map(({ opened }) => opened)).toEqual([harness.keepsFinishedFiles ? 1 : 2, 2]);
    });
  });

  when(harness.streams, () => {
    test('killed with -9 in the middle of a file: the repeat makes it whole and leaves nothing over', async () => {
      const bytes = 4 * 1024 * 1024;
      const files = [
        await fileOf('first.txt', Buffer.from('first')),
        await fileOf('last.bin', Buffer.alloc(bytes, 1)),
      ];
      const delivery = deliveryOf(files);
      const { key, receiptNumber } = delivery;
      const script = fileURLToPath(new URL('./deliver-and-hang.ts', import.meta.url));
      const told = JSON.stringify({
        settings: place.settings,
        key,
        receiptNumber,
        firstText: 'first',
        bytes,
      });
      const child = spawn(process.execPath, ['--import', 'tsx', script, told], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      try {
        const early = ended.then(() => Promise.reject(new Error('it ended early')));
        await Promise.race([once(child.stdout, 'data'), early]);
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
      expect(await place.effects(key)).toBe(0);
      const context = contextOf();
      expect(await place.destination().probe(delivery, context)).toBeUndefined();
      await place.destination().deliver(delivery, context);
      expect(await place.effects(key)).toBe(1);
      expect(await hashes()).toEqual(files.map(({ sha256 }) => sha256).sort());
    });
  });

  when(harness.streams, () => {
    test.each([
      ['breaks off', new Failure('nextcloud.unreachable', { retry: 'later' })],
      ['turns out to carry other bytes', undefined],
    ])('a source that %s leaves nothing to be seen', async (_, failure) => {
      const bytes = Buffer.alloc(200_000, 'x');
      const source =
        failure === undefined
          ? () => Readable.from([Buffer.alloc(bytes.length, 'y')])
          : failing(bytes.subarray(0, 70_000), failure);
      const delivery = deliveryOf([await fileOf('x.bin', bytes, source)]);
      await expect(place.destination().deliver(delivery, contextOf())).rejects.toMatchObject({
        code: failure?.code ?? 'upload.integrity',
      });
      expect(await place.seen()).toEqual([]);
      expect(await place.effects(delivery.key)).toBe(0);
    });
  });

  when(harness.whereTaken !== 'nothing', () => {
    test('what somebody else put there is never replaced', async () => {
      const delivery = deliveryOf([await fileOf('report.pdf', Buffer.from('ours'))]);
      const other = await place.occupy?.(delivery);
      if (other === undefined) throw new Error('this place can not be occupied');
      const outcome = await place
        .destination()
        .deliver(delivery, contextOf())
        .then(
          () => 'beside' as const,
          (error: unknown) => (isFailure(error, 'destination.conflict') ? ('conflict' as const) : error),
        );
      expect(await other.unharmed()).toBe(true);
      expect(outcome).toBe(harness.whereTaken);
      const ours = (await hashes()).filter((hash) => hash === delivery.files[0]?.sha256);
      expect(ours).toHaveLength(harness.whereTaken === 'beside' ? 1 : 0);
      expect(await place.effects(delivery.key)).toBe(harness.whereTaken === 'beside' ? 1 : 0);
    });
  });

  when(harness.streams, () => {
    test('an importer that stops breaks the delivery off, and it can be continued', async () => {
      const stop = new AbortController();
      const bytes = Buffer.alloc(100_000, 'x');
      let hang = true;
      const source = () => {
        if (!hang) return Readable.from([bytes]);
        let sent = false;
        const stream = new Readable({
          read() {
            if (sent) stop.abort();
            else this.push(bytes.subarray(0, 50_000));
            sent = true;
          },
        });
        return stream;
      };
      const delivery = deliveryOf([await fileOf('x.bin', bytes, source)]);
      await expect(place.destination().deliver(delivery, contextOf(stop.signal))).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(stop.signal.aborted).toBe(true);
      expect(await place.effects(delivery.key)).toBe(0);
      hang = false;
      await place.destination().deliver(delivery, contextOf());
      expect(await place.effects(delivery.key)).toBe(1);
    });
  });

  when(harness.streams, () => {
    test('a file of 256 MiB passes without being held in memory', async () => {
      const chunkBytes = 64 * 1024;
      const chunks = 4096;
      const hash = createHash('sha256');
      for (let index = 0; index < chunks; index += 1) hash.update(Buffer.alloc(chunkBytes, index));
      const held = () => {
        const { heapUsed, external } = process.memoryUsage();
        return heapUsed + external;
      };
      const beforeBytes = held();
      let mostBytes = 0;
      let samples = 0;
      const source = () =>
        Readable.from(
          (function* () {
            for (let index = 0; index < chunks; index += 1) {
              if (index % 16 === 0) {
                mostBytes = Math.max(mostBytes, held() - beforeBytes);
                samples += 1;
              }
              yield Buffer.alloc(chunkBytes, index);
            }
          })(),
        );
      const expected = { sizeBytes: chunks * chunkBytes, sha256: hash.digest('hex') };
      const file = {
        ...memoryFileOf('large.bin', Buffer.alloc(0)),
        ...expected,
        open: () => Promise.resolve(verified(source(), expected)),
      };
      const delivery = deliveryOf([file]);
      await place.destination().deliver(delivery, contextOf());
      expect(samples).toBeGreaterThan(0);
      expect(mostBytes).toBeLessThan(100 * 1024 * 1024);
      expect(await place.destination().probe(delivery, contextOf())).toBeDefined();
    });
  });

  test('a place that is fit says so, and looking leaves nothing behind', async () => {
    const result = await place.destination().check();
    expect(result.fit).toBe(true);
    expect(result.findings.length).toBeGreaterThan(0);
    expect(await place.seen()).toEqual([]);
  });

  test('a configuration or secrets that make no sense are refused, good ones are not', () => {
    const module = destinationModules.get(harness.kind);
    const open = (config: Record<string, unknown>, secrets: Record<string, string>) => () =>
      module?.open(config, toolsOf({ secrets }));
    const { goodConfig, goodSecrets = {} } = harness;
    expect(open(goodConfig, goodSecrets)).not.toThrow();
    for (const config of harness.badConfigs) expect(open(config, goodSecrets)).toThrow(Failure);
    for (const secrets of [...(harness.badSecrets ?? []), { unheardOf: 'x' }])
      expect(open(goodConfig, secrets)).toThrow(Failure);
  });

  test.each(harness.unfit)('$what is told to staff, and a delivery fails with $retry', async (unfit) => {
    const destination = openSettings({ ...place.settings, ...unfit.settings(place) });
    const result = await destination.check();
    expect(result.fit).toBe(false);
    expect(result.findings.filter(({ level }) => level === 'problem')).not.toEqual([]);
    const delivery = deliveryOf([await fileOf('a.txt', Buffer.from('a'))]);
    await expect(attempt(destination, delivery)).rejects.toSatisfy(
      (error) => isFailure(error) && (error.retry === 'never') === (unfit.retry === 'never'),
    );
    expect(await place.effects(delivery.key)).toBe(0);
  });

  test.each(troubles.filter((trouble) => harness.withoutTrouble?.[trouble] === undefined))(
    'a system that is %s costs another attempt at most: then it is there, once',
    async (trouble) => {
      const files = [
        await fileOf('a.txt', Buffer.from('a')),
        await fileOf('sub/b.bin', Buffer.alloc(300_000, 'b')),
      ];
      const delivery = deliveryOf(files);
      const context = contextOf();
      const destination = place.destination();
      if (place.trouble === undefined) throw new Error('this place knows no trouble');
      place.trouble(trouble);
      const first = await attempt(destination, delivery, context).catch((error: unknown) => error);
      expect(first).toSatisfy((outcome) => !(outcome instanceof Error) || isPassing(outcome));
      await attempt(destination, delivery, context);
      await expectThere(delivery, context);
      expect(await place.effects(delivery.key)).toBe(1);
      expect(await hashes()).toEqual(files.map(({ sha256 }) => sha256).sort());
    },
  );

  test('no secret is told in a failure, a check or a result', async () => {
    const secrets = Object.values(place.settings.secrets ?? {}).filter((secret) => secret.length > 3);
    const delivery = deliveryOf([await fileOf('a.txt', Buffer.from('a'))]);
    const told: unknown[] = [
      await place.destination().check(),
      await place.destination().deliver(delivery, contextOf()),
    ];
    for (const unfit of harness.unfit) {
      const destination = openSettings({ ...place.settings, ...unfit.settings(place) });
      told.push(await destination.check());
      const failure = await attempt(destination, delivery).catch((error: unknown) => error);
      if (failure instanceof Failure) told.push(failure.params, failure.details);
    }
    for (const secret of secrets) expect(JSON.stringify(told)).not.toContain(secret);
  });
};

const isPassing = (error: unknown): boolean => isFailure(error) && error.retry !== 'never';

/** As the importer does it. */
const attempt = async (destination: Destination, delivery: Delivery, context = contextOf()) =>
  (await destination.probe(delivery, context)) ?? (await destination.deliver(delivery, context));

/** The account that a delivery's files are in, where the destination has to do with it. */
const nextcloudIn = ({ settings }: Place): Partial<Delivery> => {
  const { nextcloud } = settings;
  return nextcloud === undefined ? {} : { nextcloud: () => Promise.resolve(nextcloudOf(nextcloud).files) };
};
