import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery, Manifest } from '../../../../server/importer/destinations/destination.ts';
import { sftp } from '../../../../server/importer/destinations/sftp/deliver.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import { newKeyPair } from '../../../standins/sftp/keys.ts';
import { type SftpStandIn, standInPassword, standInUser, startSftp } from '../../../standins/sftp/server.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { toolsOf } from '../tools.ts';
import { folderOf, settingsOf } from './harness.ts';
import { type Sshd, type SshdOptions, startSshd, withoutSshd } from './sshd.ts';

let home: string;
let dir: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'uketori-sftp-only-'));
  dir = join(home, 'in');
  await mkdir(dir);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const small = () => fileOf('a.txt', Buffer.from('ours'));
const readIn = (delivery: Delivery, name: string) => readFile(join(folderOf(dir, delivery), name), 'utf8');
const manifestOf = async (delivery: Delivery, name = 'manifest.json') =>
  JSON.parse(await readIn(delivery, name)) as Manifest;
const namesIn = async (delivery: Delivery) => (await readdir(folderOf(dir, delivery))).sort();
const occupy = async (delivery: Delivery, name: string, text: string) => {
  await mkdir(folderOf(dir, delivery), { recursive: true });
  await writeFile(join(folderOf(dir, delivery), name), text);
};

const why = withoutSshd();
describe.skipIf(why !== undefined)("with OpenSSH's server", () => {
  let sshd: Sshd;
  const start = async (options?: SshdOptions) => {
    await sshd?.close();
    sshd = await startSshd(options);
  };
  beforeEach(() => start());
  afterEach(() => sshd.close());
  const open = (more: Record<string, unknown> = {}) => {
    const { config, secrets } = settingsOf(sshd, dir);
    return sftp.open({ ...config, ...more }, toolsOf({ secrets }));
  };

  test("the server's key is told where none is set, or another", async () => {
    for (const hostKey of ['', `SHA256:${'a'.repeat(43)}`]) {
      const { fit, findings } = await open({ hostKey }).check();
      expect(fit).toBe(false);
      expect(findings[0]?.text.en).toContain(sshd.hostKey);
      expect(findings[0]?.text.ja).toContain(sshd.hostKey);
    }
    const several = `SHA256:${'a'.repeat(43)} ${sshd.hostKey}=`;
    expect((await open({ hostKey: several }).check()).fit).toBe(true);
  });

  test('an address inside is not connected to unless it is allowed', async () => {
    const { config, secrets = {} } = settingsOf(sshd, dir);
    for (const host of ['127.0.0.1', 'localhost']) {
      const guard = createAddressGuard(new BlockList());
      const closed = sftp.open({ ...config, host }, { ...toolsOf({ secrets }), guard });
      const { fit, findings } = await closed.check();
      expect(fit).toBe(false);
      expect(findings[0]?.text.en).toContain('may not be called');
      await expect(closed.deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
        code: 'destination.address-refused',
      });
      expect(sshd.connections).toBe(0);
    }
    expect((await open({ host: 'localhost' }).check()).fit).toBe(true);
    expect(sshd.connections).toBe(1);
  });

  test('a private key with a passphrase opens, without it is refused, and so is a form that is not read', async () => {
    const { private: sealed } = newKeyPair('of the key');
    const { config } = settingsOf(sshd, dir);
    const opened = (secrets: Record<string, string>) => () => sftp.open(config, toolsOf({ secrets }));
    expect(opened({ privateKey: sealed, passphrase: 'of the key' })).not.toThrow();
    const pem = (type: 'pkcs1' | 'pkcs8') =>
      generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type, format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey;
    expect(opened({ privateKey: pem('pkcs1') })).not.toThrow();
    const refused: Record<string, string>[] = [
      { privateKey: pem('pkcs8') },

      { privateKey: sealed },
      { privateKey: sealed, passphrase: 'another' },
    ];
    for (const secrets of refused)
      expect(opened(secrets)).toThrow(expect.objectContaining({ code: 'destination.rejected' }));
  });

  test('a user who may only read is told so, and waits', async () => {
    await start({ subsystem: 'internal-sftp -R' });
    const { fit, findings } = await open().check();
    expect(fit).toBe(false);
    expect(findings[0]?.text.en).toContain('may not write');
    await expect(open().deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
  });

  test('a server that offers no SFTP is told so, and waits', async () => {
    await start({ subsystem: '/nowhere/sftp-server' });
    expect((await open().check()).fit).toBe(false);
    await expect(open().probe(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
  });

  test('free space is told where the server tells it', async () => {
    expect((await open().check()).findings.some(({ text }) => text.en.includes('GiB'))).toBe(true);
    await start({ refused: ['statvfs'] });
    const { fit, findings } = await open().check();
    expect(fit).toBe(true);
    expect(findings.some(({ text }) => text.en.includes('GiB'))).toBe(false);
  });

  test('without hard links and fsync, files are renamed, and nothing is replaced', async () => {
    await start({ refused: ['hardlink', 'fsync', 'posix-rename'] });
    const { fit, findings } = await open().check();
    expect({ fit, warnings: findings.filter(({ level }) => level === 'warning') }).toEqual({
      fit: true,
      warnings: [],
    });
    const delivery = deliveryOf([small(), fileOf('b.txt', Buffer.from('b'))]);
    await occupy(delivery, 'a.txt', 'theirs');
    await open().deliver(delivery, contextOf());
    expect(await readIn(delivery, 'a.txt')).toBe('theirs');
    expect(await namesIn(delivery)).toEqual(['a (2).txt', 'a.txt', 'b.txt', 'manifest.json']);
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
  });

  test('a folder that is named from where the user arrives is found', async () => {
    const { config, secrets } = settingsOf(sshd, dir);
    const more = { directory: '.' };
    const { fit, findings } = await sftp.open({ ...config, ...more }, toolsOf({ secrets })).check();
    expect(fit).toBe(true);
    expect(findings[0]?.text.en).toMatch(/the folder \/\S* can be written to/);
  });

  test('what an attempt left that broke off is cleared away, and what others hide is kept', async () => {
    const delivery = deliveryOf([fileOf('a.txt', Buffer.alloc(300_000, 'a'))]);
    sshd.fault = 'break';
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    expect(await namesIn(delivery)).toEqual([expect.stringMatching(/^\.uketori-[0-9a-f]{16}-\S+\.part$/)]);
    await occupy(delivery, '.uketori-0123456789abcdef-0123456789abcdef.part', 'of another delivery');
    await open().deliver(delivery, contextOf());
    expect(await namesIn(delivery)).toEqual([
      '.uketori-0123456789abcdef-0123456789abcdef.part',
      'a.txt',
      'manifest.json',
    ]);
  });

  test('a request whose title was changed in between is continued where it was begun', async () => {
    const delivery = deliveryOf([small()]);
    const context = contextOf();
    await open().deliver(delivery, context);
    const renamed = { ...delivery, request: { ...delivery.request, title: 'New title' } };
    expect((await open().probe(renamed, context))?.alreadyThere).toBe(true);
    expect((await open().deliver(renamed, context)).alreadyThere).toBe(true);
    expect(await readdir(dir)).toEqual([delivery.request.title]);
  });

  test('two files of one submission that are delivered on their own keep a manifest each', async () => {
    const files = [small(), fileOf('b.txt', Buffer.from('b'))];
    const deliveries = files.map((file) =>
      deliveryOf([file], { per: 'file', receiptNumber: '261122-SAME0' }),
    );
    for (const delivery of deliveries) await open().deliver(delivery, contextOf());
    for (const delivery of deliveries) {
      expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
      expect((await manifestOf(delivery, `manifest-${delivery.files[0]?.id}.json`)).files).toHaveLength(1);
    }
  });

  test('a file that was changed after delivery is not taken for the delivered one, and is kept', async () => {
    const delivery = deliveryOf([small()]);
    await open().deliver(delivery, contextOf());
    await occupy(delivery, 'a.txt', 'else');
    expect(await open().probe(delivery, contextOf())).toBeUndefined();
    await open().deliver(delivery, contextOf());
    expect((await manifestOf(delivery)).files[0]?.path).toBe('a (2).txt');
    expect(await readIn(delivery, 'a.txt')).toBe('else');
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
  });

  test.each([
    ['another delivery', '{"deliveryKey":"other","files":[]}'],
    ['another kind', 'not JSON'],
  ])('a manifest of %s is never replaced: a conflict', async (_, text) => {
    const delivery = deliveryOf([small()]);
    await occupy(delivery, 'manifest.json', text);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.conflict',
      retry: 'never',
    });
    expect(await readIn(delivery, 'manifest.json')).toBe(text);
    expect(await namesIn(delivery)).toEqual(['a.txt', 'manifest.json']);
  });

  test('a manifest that names a path outside of its folder is not believed', async () => {
    const delivery = deliveryOf([small()]);
    await open().deliver(delivery, contextOf());
    await writeFile(join(dir, delivery.request.title, 'a.txt'), 'ours');
    const manifest = await manifestOf(delivery);
    const forged = { ...manifest, files: manifest.files.map((file) => ({ ...file, path: '../a.txt' })) };
    await occupy(delivery, 'manifest.json', JSON.stringify(forged));
    expect(await open().probe(delivery, contextOf())).toBeUndefined();
  });

  describe('symbolic links', () => {
    const delivered = async (target: string) => {
      await symlink(target, join(dir, '確定申告 2026'));
      return open().deliver(deliveryOf([small()]), contextOf());
    };

    test('one that leads out of the folder is refused, and nothing is written there', async () => {
      const outside = join(home, 'outside');
      await mkdir(outside);
      await expect(delivered(outside)).rejects.toMatchObject({
        code: 'destination.conflict',
        retry: 'never',
      });
      expect(await readdir(outside)).toEqual([]);
    });

    test('one that stays inside is followed', async () => {
      await mkdir(join(dir, 'elsewhere'));
      await delivered(join(dir, 'elsewhere'));
      expect(await readdir(join(dir, 'elsewhere'))).toHaveLength(1);
    });

    test('one that has the name of a file is stepped aside for, and what it leads to stays', async () => {
      const delivery = deliveryOf([small()]);
      await mkdir(folderOf(dir, delivery), { recursive: true });
      await writeFile(join(home, 'precious'), 'ours');
      await symlink(join(home, 'precious'), join(folderOf(dir, delivery), 'a.txt'));
      await open().deliver(delivery, contextOf());
      expect((await manifestOf(delivery)).files[0]?.path).toBe('a (2).txt');
    });
  });
});

describe('with a server of another make', () => {
  let standIn: SftpStandIn;
  beforeEach(async () => {
    standIn = await startSftp(dir);
  });
  afterEach(() => standIn.close());
  const open = (more: Record<string, unknown> = {}, password = standInPassword) =>
    sftp.open(
      {
        host: '127.0.0.1',
        port: standIn.port,
        user: standInUser,
        directory: dir,
        hostKey: standIn.hostKey,
        ...more,
      },
      toolsOf({ secrets: { password } }),
    );

  test('a password signs in, and is told to nobody whose key is another', async () => {
    for (const hostKey of ['', `SHA256:${'a'.repeat(43)}`]) {
      expect((await open({ hostKey }).check()).fit).toBe(false);
      await expect(open({ hostKey }).deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
        code: 'destination.auth',
      });
    }
    expect(standIn.attempts).toEqual([]);
    expect((await open().check()).fit).toBe(true);
    expect(standIn.attempts).toEqual([`password ${standInPassword}`]);
  });

  test('a password is given by keyboard-interactive too, but not to a question that is another', async () => {
    standIn.methods = ['keyboard-interactive'];
    expect((await open().check()).fit).toBe(true);
    standIn.attempts.length = 0;
    standIn.prompts = [{ prompt: 'Name of your first pet: ', echo: true }];
    expect((await open().check()).fit).toBe(false);
    expect(standIn.attempts.some((attempt) => attempt.includes(standInPassword))).toBe(false);
  });

  test('a wrong password waits for staff', async () => {
    const { findings } = await open({}, 'wrong password').check();
    expect(findings[0]?.text.en).toContain('refuses to let');
    await expect(open({}, 'wrong password').probe(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
  });

  test.each([false, true])('nothing is replaced where renaming replaces: %s', async (renameReplaces) => {
    standIn.renameReplaces = renameReplaces;
    const warned = (await open().check()).findings.some(({ level }) => level === 'warning');
    expect(warned).toBe(renameReplaces);
    const delivery = deliveryOf([small(), fileOf('b.txt', Buffer.alloc(300_000, 'b'))]);
    await occupy(delivery, 'a.txt', 'theirs');
    await open().deliver(delivery, contextOf());
    expect(await readIn(delivery, 'a.txt')).toBe('theirs');
    expect(await namesIn(delivery)).toEqual(['a (2).txt', 'a.txt', 'b.txt', 'manifest.json']);
    expect((await open().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
    expect(standIn.renames).toBeGreaterThan(0);
  });

  test('other bytes than were sent are noticed before the file has its name', async () => {
    standIn.spoils = true;
    const delivery = deliveryOf([small()]);
    const context = contextOf();
    await expect(open().deliver(delivery, context)).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    expect(await namesIn(delivery)).toEqual([]);
    standIn.spoils = false;
    await open().deliver(delivery, context);
    expect(await namesIn(delivery)).toEqual(['a.txt', 'manifest.json']);
  });

  test('a name that is taken in the last moment is stepped aside for', async () => {
    standIn.renameReplaces = true;
    const delivery = deliveryOf([small()]);
    const taken = join(folderOf(dir, delivery), 'a.txt');
    standIn.beforeExclusive = (path) => {
      if (path === taken) writeFileSync(taken, 'theirs');
    };
    const delivered = await open().deliver(delivery, contextOf());
    expect(delivered.remote[0]?.path).toMatch(/\/a \(2\)\.txt$/);
    expect(await readIn(delivery, 'a.txt')).toBe('theirs');
  });
});
