import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Nextcloud, permission } from '../../../server/nextcloud/index.ts';
import { createFileDrop, proveUploadOnly } from '../../../server/nextcloud/upload-only.ts';
import { openTarget, type Target } from './target.ts';

// A real server lets an account make 20 shares in ten minutes: this file makes four.
let target: Target;
let nextcloud: Nextcloud;
let path: string;
let shareId: string;
const password = 'Drop-Password-of-4711';

beforeAll(async () => {
  target = await openTarget();
  nextcloud = target.nextcloud;
  await nextcloud.files.makeDirectory(`${target.folder}/受取`);
  path = `${target.folder}/受取/in`;
  await nextcloud.files.makeDirectory(path);
  shareId = (await createFileDrop(nextcloud, { path, password, label: 'a label', expireDate: '2030-01-31' }))
    .id;
});
afterAll(() => target.close());

const prove = () => proveUploadOnly(nextcloud, shareId, { password });

test('a file drop reads back as one, and its public address refuses GET, HEAD and PROPFIND with the password', async () => {
  const share = await nextcloud.shares.get(shareId);
  const folder = await nextcloud.files.stat(path);
  expect(share).toMatchObject({
    type: 3,
    permissions: 4,
    path,
    folderFileId: folder?.fileId,
    ownerUser: target.user,
    label: 'a label',
    expiration: '2030-01-31',
    hasPassword: true,
  });
  expect(JSON.stringify(share)).not.toContain('argon2');
  const proof = await prove();
  expect(proof).toMatchObject({ ok: true, path, folderFileId: folder?.fileId, permissions: 4 });
  expect(proof.checks.find(({ name }) => name === 'public-address')?.seen).toBe(
    'GET 405, HEAD 405, PROPFIND 405',
  );
});

test('the same probe reads a share that was opened (the control), and the proof says so', async () => {
  for (const permissions of [31, 17]) {
    await nextcloud.shares.update(shareId, { permissions });
    const { token } = await nextcloud.shares.get(shareId);
    const probe = await nextcloud.shares.probePublicReading(token, password);
    expect(probe.readable).toBe(true);
    expect(probe.statuses.map(({ method, status }) => [method, status < 300])).toEqual([
      ['GET', true],
      ['HEAD', true],
      ['PROPFIND', true],
    ]);
    expect(await prove()).toMatchObject({ ok: false, problem: 'permissions', permissions });
  }
  await nextcloud.shares.update(shareId, { permissions: permission.create });
  expect(await prove()).toMatchObject({ ok: true });
});

test('a second link that reads is found on the folder and above it, and a second drop is not', async () => {
  const { shares } = nextcloud;
  for (const [where, problem] of [
    [path, 'other-link'],
    [`${target.folder}/受取`, 'parent-link'],
  ] as const) {
    const second = await shares.create({ path: where, password });
    expect(await prove()).toMatchObject({ ok: true });
    await shares.update(second.id, { permissions: permission.read });
    expect(await prove()).toMatchObject({ ok: false, problem });
    expect(await shares.remove(second.id)).toBe('removed');
    expect(await prove()).toMatchObject({ ok: true });
  }
});

test('a wrong password proves nothing', async () => {
  expect(await proveUploadOnly(nextcloud, shareId, { password: 'another' })).toMatchObject({
    ok: false,
    problem: 'password-refused',
  });
});

test('expiry, note, label and password can be changed and taken away', async () => {
  const { shares } = nextcloud;
  await shares.update(shareId, { expireDate: '2031-12-31', note: 'a note', label: 'ラベル' });
  expect(await shares.get(shareId)).toMatchObject({
    expiration: '2031-12-31',
    note: 'a note',
    label: 'ラベル',
  });
  await shares.update(shareId, { expireDate: null, password: null });
  expect(await shares.get(shareId)).toMatchObject({ expiration: null, hasPassword: false, permissions: 4 });
  await shares.update(shareId, { password });
  expect(await prove()).toMatchObject({ ok: true });
});

test('the proof follows a folder that was moved', async () => {
  const moved = `${target.folder}/moved`;
  await nextcloud.files.move(path, moved, { overwrite: false });
  expect(await prove()).toMatchObject({ ok: true, path: moved });
  await nextcloud.files.move(moved, path, { overwrite: false });
});

test('a weak password is rejected with the words of the policy, and a missing folder is not found', async () => {
  await expect(createFileDrop(nextcloud, { path, password: 'short' })).rejects.toMatchObject({
    code: 'nextcloud.rejected',
    details: { message: expect.stringContaining('10') as string },
  });
  await expect(createFileDrop(nextcloud, { path: `${path}/none`, password })).rejects.toMatchObject({
    code: 'nextcloud.not-found',
  });
});

test('a share that was deleted is gone', async () => {
  expect(await nextcloud.shares.remove(shareId)).toBe('removed');
  expect(await nextcloud.shares.remove(shareId)).toBe('absent');
  expect(await prove()).toMatchObject({ ok: false, problem: 'share-gone' });
  expect(await nextcloud.shares.listOn(path)).toEqual([]);
});
