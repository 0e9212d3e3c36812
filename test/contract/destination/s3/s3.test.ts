import { BlockList } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Delivery, Manifest } from '../../../../server/importer/destinations/destination.ts';
import { s3 } from '../../../../server/importer/destinations/s3/deliver.ts';
import { Failure, isFailure } from '../../../../server/lib/failure.ts';
import { createOutgoingClient, type OutgoingCall } from '../../../../server/lib/outgoing/client.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import { startS3 } from '../../../standins/s3/server.ts';
import type { Action, S3StandIn } from '../../../standins/s3/standin.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { toolsOf } from '../tools.ts';
import { bytesOf, folderOf, keysOf, putOther, settingsOf } from './harness.ts';

let standIn: S3StandIn;
beforeEach(async () => {
  standIn = await startS3();
});
afterEach(() => {
  vi.unstubAllEnvs();
  return standIn.close();
});

const open = (more: Record<string, unknown> = {}) => {
  const { config, secrets } = settingsOf(standIn);
  return s3.open({ ...config, ...more }, toolsOf({ secrets }));
};
const manifestOf = async (delivery: Delivery, name = 'manifest.json') =>
  JSON.parse((await bytesOf(standIn, `${folderOf(delivery)}/${name}`)).toString('utf8')) as Manifest;
const textAt = async (delivery: Delivery, name: string) =>
  (await bytesOf(standIn, `${folderOf(delivery)}/${name}`)).toString('utf8');
const small = () => fileOf('a.txt', Buffer.from('ours'));
const largeBytes = Buffer.alloc(20 * 1024 ** 2, 'large');
const large = () => fileOf('large.bin', largeBytes);
const passing = { code: 'destination.unavailable', retry: 'later' };

describe('how a file is verified', () => {
  test('by the system, of the whole or of each part, where it counts SHA-256', async () => {
    const delivery = deliveryOf([small(), large()]);
    const context = contextOf();
    const expected = ['sha256-by-system', 'sha256-of-parts-by-system'];
    const delivered = await open().deliver(delivery, context);
    expect(delivered.remote.map(({ verifiedBy }) => verifiedBy)).toEqual(expected);
    standIn.log.length = 0;
    const found = await open().probe(delivery, context);
    expect(found?.remote.map(({ verifiedBy }) => verifiedBy)).toEqual(expected);
    // Only the manifest was read.
    expect(standIn.log.filter((line) => line.startsWith('GET'))).toHaveLength(1);
    expect(standIn.store.uploads.size).toBe(0);
  });

  test('by reading back where it does not', async () => {
    standIn.checksums = false;
    const delivery = deliveryOf([small(), large()]);
    const delivered = await open().deliver(delivery, contextOf());
    expect(delivered.remote.map(({ verifiedBy }) => verifiedBy)).toEqual([
      'sha256-read-back',
      'sha256-read-back',
    ]);
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
  });

  test('other bytes than were sent are noticed: no manifest, and the repeat puts the file beside them', async () => {
    standIn.checksums = false;
    standIn.fault = 'corrupting';
    const delivery = deliveryOf([small()]);
    const context = contextOf();
    await expect(open().deliver(delivery, context)).rejects.toMatchObject(passing);
    expect(keysOf(standIn).some((key) => key.endsWith('manifest.json'))).toBe(false);
    expect((await open().deliver(delivery, context)).remote[0]?.path).toMatch(/\/a \(2\)\.txt$/);
    expect(await textAt(delivery, 'a (2).txt')).toBe('ours');
  });

  test('what was signed is the SHA-256 of the bytes, so that a proxy can not change them', async () => {
    const seen: unknown[] = [];
    standIn.beforeMade = () => seen.push(standIn.signedPayload);
    const delivery = deliveryOf([small()]);
    await open().deliver(delivery, contextOf());
    expect(seen[0]).toBe(delivery.files[0]?.sha256);
  });
});

describe('uploads in parts that were not ended', () => {
  const stopped = (stop: AbortController) => () => {
    let sent = 0;
    return new Readable({
      read() {
        if (sent >= 12 * 1024 ** 2) {
          stop.abort();
          return;
        }
        sent += 1024 ** 2;
        this.push(Buffer.alloc(1024 ** 2, 'x'));
      },
    });
  };

  test('by an importer that stopped are ended by the repeat', async () => {
    const stop = new AbortController();
    const context = contextOf(stop.signal);
    const source = stopped(stop);
    const file = fileOf('large.bin', largeBytes, () =>
      stop.signal.aborted ? Readable.from([largeBytes]) : source(),
    );
    const delivery = deliveryOf([file]);
    await expect(open().deliver(delivery, context)).rejects.toMatchObject({ name: 'AbortError' });
    expect(standIn.store.uploads.size).toBe(1);
    await open().deliver(delivery, { ...contextOf(), checkpoint: context.checkpoint });
    expect(standIn.store.uploads.size).toBe(0);
    expect(keysOf(standIn)).toHaveLength(2);
  });

  test('because the source broke off are ended at once', async () => {
    const failure = new Failure('nextcloud.unreachable', { retry: 'later' });
    const source = () =>
      Readable.from(
        (async function* () {
          yield largeBytes.subarray(0, 12 * 1024 ** 2);
          throw failure;
        })(),
      );
    const delivery = deliveryOf([fileOf('large.bin', largeBytes, source)]);
    await expect(open().deliver(delivery, contextOf())).rejects.toBe(failure);
    expect(standIn.log.some((line) => line.startsWith('POST'))).toBe(true);
    expect(standIn.store.uploads.size).toBe(0);
    expect(keysOf(standIn)).toEqual([]);
  });

  test('because other bytes came are ended, and nothing is to be seen', async () => {
    const other = Buffer.alloc(largeBytes.length, 'other');
    const delivery = deliveryOf([fileOf('large.bin', largeBytes, () => Readable.from([other]))]);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ code: 'upload.integrity' });
    expect(standIn.store.uploads.size).toBe(0);
    expect(keysOf(standIn)).toEqual([]);
  });

  test('because a part was refused are ended, and the refusal is what is told', async () => {
    const delivery = deliveryOf([large()]);
    standIn.denied.add('PutObject');
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ code: 'destination.auth' });
    standIn.denied.clear();
    standIn.beforePart = () => standIn.denied.add('PutObject');
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({ code: 'destination.auth' });
    expect(standIn.store.uploads.size).toBe(0);
  });

  test('because a newer claim has the delivery are ended', async () => {
    const lost = new Error('claimed by another');
    const context = contextOf();
    const { checkpoint } = context;
    const save = (value: Record<string, unknown>) =>
      'upload' in value ? Promise.reject(lost) : checkpoint.save(value);
    await expect(
      open().deliver(deliveryOf([large()]), { ...context, checkpoint: { ...checkpoint, save } }),
    ).rejects.toBe(lost);
    expect(standIn.store.uploads.size).toBe(0);
  });
});

describe('an object that somebody else makes in the moment before ours', () => {
  const race = async (file: ReturnType<typeof fileOf>, bytes: Buffer) => {
    const delivery = deliveryOf([file]);
    const key = `${folderOf(delivery)}/${file.path}`;
    const blob = await standIn.store.receive(Readable.from([bytes]));
    standIn.beforeMade = (made) => {
      if (made === key && !standIn.store.objects.has(key))
        standIn.store.objects.set(key, { blob, etag: '"other"', checksum: undefined, headers: {} });
    };
    const delivered = await open().deliver(delivery, contextOf());
    expect(standIn.store.objects.get(key)?.etag).toBe('"other"');
    expect(standIn.store.uploads.size).toBe(0);
    return delivered.remote[0]?.path?.split('/').at(-1);
  };

  test('with other bytes is kept, and ours goes beside it', async () => {
    expect(await race(small(), Buffer.from('theirs'))).toBe('a (2).txt');
  });

  test('with other bytes is kept by an upload in parts too', async () => {
    expect(await race(large(), Buffer.from('theirs'))).toBe('large (2).bin');
  });

  test('with the same bytes is taken for ours', async () => {
    expect(await race(small(), Buffer.from('ours'))).toBe('a.txt');
  });
});

describe('systems that keep to less', () => {
  test('one that replaces all the same is told to staff', async () => {
    expect((await open().check()).fit).toBe(true);
    standIn.conditionalWrites = 'ignored';
    const { fit, findings } = await open().check();
    expect(fit).toBe(false);
    expect(findings.at(-1)?.text.en).toContain('If-None-Match');
    expect(keysOf(standIn)).toEqual([]);
  });

  test('one that can not is told to staff; with conditional writes switched off it works, and looks first', async () => {
    standIn.conditionalWrites = 'refused';
    expect((await open().check()).fit).toBe(false);
    const delivery = deliveryOf([small()]);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.rejected',
      retry: 'never',
    });
    const { fit, findings } = await open({ conditionalWrites: false }).check();
    expect(fit).toBe(true);
    expect(findings.map(({ level }) => level)).toContain('warning');
    await putOther(standIn, `${folderOf(delivery)}/a.txt`, Buffer.from('theirs'));
    await open({ conditionalWrites: false }).deliver(delivery, contextOf());
    expect(await textAt(delivery, 'a.txt')).toBe('theirs');
    expect(await textAt(delivery, 'a (2).txt')).toBe('ours');
  });
});

describe('what the check says of rights', () => {
  test.each<[Action, boolean, string]>([
    ['ListBucket', false, 'ListBucket'],
    ['GetObject', false, 'GetObject'],
    ['PutObject', false, 'PutObject'],
    ['AbortMultipartUpload', false, 'AbortMultipartUpload'],
    ['DeleteObject', true, 'Deliveries need no right to delete'],
  ])('without %s: fit is %s', async (action, fit, text) => {
    standIn.denied.add(action);
    const result = await open().check();
    expect(result.fit).toBe(fit);
    expect(result.findings.at(-1)?.text.en).toContain(text);
    expect(keysOf(standIn)).toEqual([]);
    // Only what is large enough is sent in parts, and only what fails is taken back.
    const works = fit || action === 'AbortMultipartUpload';
    const outcome = await open()
      .deliver(deliveryOf([small()]), contextOf())
      .then(
        () => 'delivered',
        (error: unknown) => (isFailure(error) && error.retry === 'later' ? error.code : error),
      );
    expect(outcome).toBe(works ? 'delivered' : 'destination.auth');
  });

  test('a bucket in another region is named', async () => {
    const { findings } = await open({ region: 'eu-west-1' }).check();
    expect(findings[0]?.text.en).toContain('ap-northeast-1');
  });

  test('a session token that has ended is told, and waits for a new one', async () => {
    const { config, secrets = {} } = settingsOf(standIn);
    standIn.account.sessionToken = 'good';
    const withToken = (sessionToken: string) =>
      s3.open(config, toolsOf({ secrets: { ...secrets, sessionToken } }));
    expect((await withToken('good').check()).fit).toBe(true);
    standIn.account.sessionToken = 'expired';
    expect((await withToken('good').check()).fit).toBe(false);
    const delivery = deliveryOf([small()]);
    await expect(withToken('good').probe(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
  });
});

describe('where requests go', () => {
  test('an address inside is refused, and told to staff, unless it is allowed', async () => {
    const { config, secrets = {} } = settingsOf(standIn);
    const guard = createAddressGuard(new BlockList());
    const closed = s3.open(config, { ...toolsOf({ secrets }), guard, http: createOutgoingClient({ guard }) });
    const result = await closed.check();
    expect(result.fit).toBe(false);
    expect(result.findings[0]?.text.en).toContain('may not be called');
    await expect(closed.deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
      code: 'destination.address-refused',
    });
    expect(standIn.log).toEqual([]);
    expect((await open().check()).fit).toBe(true);
  });

  test('a redirect is not followed', async () => {
    standIn.fault = 'redirected';
    await expect(open().deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
      code: 'destination.rejected',
      retry: 'never',
    });
    expect(standIn.log.some((line) => line.includes('elsewhere'))).toBe(false);
  });

  test.each([
    [{}, 'https://collected.s3.ap-northeast-1.amazonaws.com/'],
    [{ forcePathStyle: true }, 'https://s3.ap-northeast-1.amazonaws.com/collected/'],
    [{ endpoint: 'https://files.example.org:9000' }, 'https://collected.files.example.org:9000/'],
  ])('with %o it is %s, whatever the environment says', async (more, url) => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const urls: string[] = [];
    const call = ({ url }: OutgoingCall) => {
      urls.push(String(url));
      return Promise.reject(new Failure('destination.unavailable', { retry: 'later' }));
    };
    const http = { call, open: call, close: () => Promise.resolve() };
    const { secrets = {} } = settingsOf(standIn);
    const config = { region: 'ap-northeast-1', bucket: 'collected', ...more };
    await s3.open(config, { ...toolsOf({ secrets }), http }).check();
    expect(urls).toEqual([url]);
  });
});

test('objects are made as configured, and never as something that a browser shows', async () => {
  const delivery = deliveryOf([fileOf('page.html', Buffer.from('<script>'))]);
  const more = { storageClass: 'STANDARD_IA', serverSideEncryption: 'aws:kms', kmsKeyId: 'key-1' };
  await open(more).deliver(delivery, contextOf());
  expect(standIn.store.objects.get(`${folderOf(delivery)}/page.html`)?.headers).toEqual({
    'content-type': 'application/octet-stream',
    'x-amz-storage-class': 'STANDARD_IA',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
    'x-amz-meta-uketori-delivery': delivery.key,
    'x-amz-meta-uketori-file': delivery.files[0]?.id,
    'x-amz-meta-uketori-sha256': delivery.files[0]?.sha256,
  });
});

test('two files of one submission that are delivered on their own keep a manifest each', async () => {
  const files = [small(), fileOf('b.txt', Buffer.from('b'))];
  const deliveries = files.map((file) => deliveryOf([file], { per: 'file', receiptNumber: '261122-SAME0' }));
  for (const delivery of deliveries) await open().deliver(delivery, contextOf());
  for (const delivery of deliveries) {
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
    expect((await manifestOf(delivery, `manifest-${delivery.files[0]?.id}.json`)).files).toHaveLength(1);
  }
});

test('a request whose title was changed in between is continued where it was begun', async () => {
  const delivery = deliveryOf([small()]);
  const context = contextOf();
  await open().deliver(delivery, context);
  const renamed = { ...delivery, request: { ...delivery.request, title: 'New title' } };
  expect((await open().probe(renamed, context))?.alreadyThere).toBe(true);
  expect((await open().deliver(renamed, context)).alreadyThere).toBe(true);
  expect(keysOf(standIn)).toHaveLength(2);
});

test('an object that was changed after delivery is not taken for the delivered one, and is kept', async () => {
  const delivery = deliveryOf([small()]);
  await open().deliver(delivery, contextOf());
  await putOther(standIn, `${folderOf(delivery)}/a.txt`, Buffer.from('else'));
  expect(await open().probe(delivery, contextOf())).toBeUndefined();
  await open().deliver(delivery, contextOf());
  expect((await manifestOf(delivery)).files[0]?.path).toBe('a (2).txt');
  expect(await textAt(delivery, 'a.txt')).toBe('else');
  expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
});

test.each([
  ['another delivery', '{"deliveryKey":"other","files":[]}'],
  ['another kind', 'not JSON'],
])('a manifest of %s is never replaced: a conflict', async (_, text) => {
  const delivery = deliveryOf([small()]);
  await putOther(standIn, `${folderOf(delivery)}/manifest.json`, Buffer.from(text));
  await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
    code: 'destination.conflict',
    retry: 'never',
  });
  expect(await textAt(delivery, 'manifest.json')).toBe(text);
});

test('a manifest that names a key elsewhere is not believed', async () => {
  const delivery = deliveryOf([small()]);
  await open().deliver(delivery, contextOf());
  await putOther(standIn, `in/${delivery.request.title}/a.txt`, Buffer.from('ours'));
  const manifest = await manifestOf(delivery);
  const forged = { ...manifest, files: manifest.files.map((file) => ({ ...file, path: '../a.txt' })) };
  await putOther(standIn, `${folderOf(delivery)}/manifest.json`, Buffer.from(JSON.stringify(forged)));
  expect(await open().probe(delivery, contextOf())).toBeUndefined();
});

test.each(['conflict', 'not-xml', 'error-in-200'] as const)(
  'an answer of the kind "%s" is worth another try',
  async (fault) => {
    if (fault === 'error-in-200') standIn.failsLate = true;
    else standIn.fault = fault;
    const delivery = deliveryOf([large()]);
    const context = contextOf();
    await expect(open().deliver(delivery, context)).rejects.toMatchObject(passing);
    await open().deliver(delivery, context);
    expect(standIn.store.uploads.size).toBe(0);
  },
);

test('a key that is too long for the system is refused for good', async () => {
  const folders = Array.from({ length: 6 }, (_, index) => `${index}`.repeat(200)).join('/');
  const delivery = deliveryOf([fileOf(`${folders}/a.txt`, Buffer.from('a'))]);
  await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
    code: 'destination.rejected',
    retry: 'never',
  });
});

test("a failure doesn't carry what the system quotes of the request", async () => {
  const { config, secrets = {} } = settingsOf(standIn);
  const wrong = s3.open(config, toolsOf({ secrets: { ...secrets, secretAccessKey: 'wrong' } }));
  const failure = await wrong.deliver(deliveryOf([small()]), contextOf()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'destination.auth' });
  expect((failure as Failure).cause).toBeUndefined();
  expect(JSON.stringify((failure as Failure).details)).not.toContain('AKIA');
});
