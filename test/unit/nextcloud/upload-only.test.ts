import { expect, test } from 'vitest';
import { createFileDrop, proveUploadOnly } from '../../../server/nextcloud/upload-only.ts';
import { bodyOf, clientOf, ocs, serve } from './small-server.ts';

interface FakeShare {
  id: string;
  share_type: number;
  permissions: number;
  path: string;
  password: string | null;
}

/** A server whose sharing can be made to misbehave: what it grants, and what it does when it is told to mend it. */
const sharingServer = async (behaviour: {
  granted?: number;
  mends?: boolean;
  keepsPassword?: boolean;
  removes?: boolean;
  publicStatus?: number;
  inherited?: FakeShare[];
  onFolder?: FakeShare[];
}) => {
  const shares = new Map<string, FakeShare>();
  const forms: URLSearchParams[] = [];
  const publicAnswers = { asked: 0 };
  const shown = (share: FakeShare) => ({
    ...share,
    uid_owner: 'someone',
    item_source: 7,
    token: 'tok',
    url: 'u',
  });
  const { url } = await serve(async (request, response) => {
    const address = new URL(request.url ?? '', 'http://x');
    const id = address.pathname.split('/')[8] ?? '';
    const fail = (status: number) => response.writeHead(status).end(ocs([], status, 'no'));
    if (address.pathname.startsWith('/public.php')) {
      publicAnswers.asked += 1;
      return response.writeHead(behaviour.publicStatus ?? 405).end();
    }
    const form = new URLSearchParams(await bodyOf(request));
    if (request.method === 'POST') {
      forms.push(form);
      const password = behaviour.keepsPassword === false ? null : 'hash-of-it';
      const share = {
        id: '1',
        share_type: 3,
        permissions: behaviour.granted ?? 4,
        path: form.get('path') ?? '',
        password,
      };
      shares.set(share.id, share);
      return response.end(ocs(shown(share)));
    }
    if (id === 'inherited') return response.end(ocs((behaviour.inherited ?? []).map(shown)));
    if (id === '') return response.end(ocs([...shares.values(), ...(behaviour.onFolder ?? [])].map(shown)));
    const share = shares.get(id);
    if (share === undefined) return fail(404);
    if (request.method === 'DELETE') {
      if (behaviour.removes === false) return fail(500);
      shares.delete(id);
      return response.end(ocs([]));
    }
    if (request.method === 'PUT') {
      forms.push(form);
      if (behaviour.mends === undefined) return fail(400);
      if (behaviour.mends) share.permissions = Number(form.get('permissions'));
    }
    return response.end(ocs(request.method === 'GET' ? [shown(share)] : shown(share)));
  });
  return { nextcloud: clientOf(url), shares, forms, publicAnswers };
};

const input = { path: '/In', password: 'Some-Share-Password' };
const link = (id: string, permissions: number, share_type = 3): FakeShare => ({
  id,
  share_type,
  permissions,
  path: '/In',
  password: null,
});

test('a file drop is made with permissions=4 and never with publicUpload, and what it says of its password is no hash', async () => {
  const server = await sharingServer({});
  const share = await createFileDrop(server.nextcloud, { ...input, label: 'L', expireDate: '2030-01-31' });
  expect(share).toMatchObject({
    id: '1',
    type: 3,
    permissions: 4,
    path: '/In',
    folderFileId: 7,
    hasPassword: true,
  });
  expect(JSON.stringify(share)).not.toContain('hash-of-it');
  expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
    path: '/In',
    shareType: '3',
    permissions: '4',
    password: 'Some-Share-Password',
    expireDate: '2030-01-31',
    label: 'L',
  });
});

test('a server that grants 31 and mends it when told leaves a drop', async () => {
  const server = await sharingServer({ granted: 31, mends: true });
  expect((await createFileDrop(server.nextcloud, input)).permissions).toBe(4);
  expect(server.shares.get('1')?.permissions).toBe(4);
});

test.each([
  ['grants 31 and ignores the change', { granted: 31, mends: false }],
  ['grants 31 and refuses the change', { granted: 31 }],
  ['grants 5', { granted: 5, mends: false }],
  ['forgets the password', { keepsPassword: false }],
])('a server that %s makes the portal delete its share', async (_, behaviour) => {
  const server = await sharingServer(behaviour);
  await expect(createFileDrop(server.nextcloud, input)).rejects.toMatchObject({
    code: 'share.not-upload-only',
  });
  expect(server.shares.size).toBe(0);
});

test('a share that is not upload-only and can not be removed is named', async () => {
  const server = await sharingServer({ granted: 31, removes: false });
  await expect(createFileDrop(server.nextcloud, input)).rejects.toMatchObject({
    code: 'share.not-upload-only',
    details: { shareId: '1', removed: false },
  });
});

test('an expiry that Nextcloud would take for another day is refused before it is sent', async () => {
  const server = await sharingServer({});
  for (const expireDate of ['tomorrow', '2026-12-31T23:59:59+09:00', '31.12.2026'])
    await expect(createFileDrop(server.nextcloud, { ...input, expireDate })).rejects.toMatchObject({
      code: 'nextcloud.rejected',
    });
  expect(server.forms).toHaveLength(0);
});

const proofOn = async (behaviour: Parameters<typeof sharingServer>[0], then?: (share: FakeShare) => void) => {
  const server = await sharingServer(behaviour);
  const { id } = await createFileDrop(server.nextcloud, input);
  const share = server.shares.get(id);
  if (share !== undefined) then?.(share);
  return { server, prove: () => proveUploadOnly(server.nextcloud, id, { password: input.password }) };
};

test('a proven drop shows every question that was asked', async () => {
  const { prove } = await proofOn({});
  expect(await prove()).toEqual({
    ok: true,
    path: '/In',
    folderFileId: 7,
    permissions: 4,
    mailShareIds: [],
    checks: [
      { name: 'share', expected: 'public link', seen: 'public link' },
      { name: 'permissions', expected: '4', seen: '4' },
      { name: 'other-links', expected: 'none', seen: 'none' },
      { name: 'parent-links', expected: 'none', seen: 'none' },
      {
        name: 'public-address',
        expected: 'GET 405, HEAD 405, PROPFIND 405',
        seen: 'GET 405, HEAD 405, PROPFIND 405',
      },
    ],
  });
});

test.each([0, 5, 15, 17, 31])('permissions %i are no proof', async (permissions) => {
  const { prove } = await proofOn({}, (share) => (share.permissions = permissions));
  expect(await prove()).toMatchObject({ ok: false, problem: 'permissions', permissions });
});

test('a second link or mail share that reads is found, on the folder and above it; drops and shares with people are not', async () => {
  const others = [link('8', 4), link('9', 31, 0), link('10', 31, 1)];
  for (const more of [link('11', 1), link('12', 17, 4)]) {
    const onFolder = await proofOn({ onFolder: [...others, more] });
    expect(await onFolder.prove()).toMatchObject({ ok: false, problem: 'other-link' });
    const above = await proofOn({ inherited: [...others, more] });
    expect(await above.prove()).toMatchObject({ ok: false, problem: 'parent-link' });
  }
  const harmless = await proofOn({ onFolder: others, inherited: others });
  expect(await harmless.prove()).toMatchObject({ ok: true });
});

test('a public address that answers below 300 is readable', async () => {
  const { prove } = await proofOn({ publicStatus: 207 });
  expect(await prove()).toMatchObject({ ok: false, problem: 'publicly-readable' });
});

test('a password that the public address refuses is given once and not again, and is no proof', async () => {
  const { server, prove } = await proofOn({ publicStatus: 401 });
  for (let n = 0; n < 10; n += 1)
    expect(await prove()).toMatchObject({ ok: false, problem: 'password-refused' });
  expect(server.publicAnswers.asked).toBe(1);
});

test('a share that is gone is told from a server that can not say', async () => {
  const { server, prove } = await proofOn({});
  server.shares.clear();
  expect(await prove()).toMatchObject({ ok: false, problem: 'share-gone', permissions: undefined });
  for (const publicStatus of [429, 500, 503, 302]) {
    const unknown = await proofOn({ publicStatus });
    await expect(unknown.prove()).rejects.toMatchObject({
      code: expect.stringMatching(/^nextcloud\./) as string,
    });
  }
  await expect(proveUploadOnly(clientOf('http://127.0.0.1:1'), '1', { password: 'x' })).rejects.toMatchObject(
    {
      code: 'nextcloud.unreachable',
    },
  );
});
