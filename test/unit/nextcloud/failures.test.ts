import { expect, test } from 'vitest';
import type { Failure } from '../../../server/lib/failure.ts';
import { bodyOf, clientOf, davError, ocs, serve } from './small-server.ts';

const failureOf = async (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: Failure) => error,
  );

const answering = async (status: number, text: string, headers: Record<string, string> = {}) => {
  const { url, requests } = await serve((_, response) => void response.writeHead(status, headers).end(text));
  return { nextcloud: clientOf(`${url}/cloud`), requests };
};

test.each([
  [400, 'nextcloud.rejected', 'never'],
  [403, 'nextcloud.forbidden', 'never'],
  [404, 'nextcloud.not-found', 'never'],
  [409, 'nextcloud.conflict', 'never'],
  [413, 'nextcloud.rejected', 'never'],
  [423, 'nextcloud.locked', 'later'],
  [429, 'nextcloud.throttled', 'later'],
  [500, 'nextcloud.failed', 'later'],
  [502, 'nextcloud.failed', 'later'],
  [503, 'nextcloud.maintenance', 'later'],
  [507, 'nextcloud.out-of-space', 'never'],
] as const)('%i means %s, and to try again: %s', async (status, code, retry) => {
  const { nextcloud } = await answering(status, davError('Sabre\\DAV\\Exception\\Some', 'some message'));
  const failure = await failureOf(nextcloud.files.put('/a', Buffer.from('abc'), { sizeBytes: 3 }));
  expect(failure).toMatchObject({
    code,
    retry,
    details: {
      status,
      method: 'PUT',
      path: '/remote.php/dav/files/someone/a',
      exception: 'Sabre\\DAV\\Exception\\Some',
      message: 'some message',
    },
  });
});

test.each([
  ['nothing', ''],
  ['plain text', '404 page not found'],
  ['a page', '<html><body><h1>404 Not Found</h1></body></html>'],
  ['other JSON', '[]'],
])(
  'a 404 of %s is not of Nextcloud: nothing is taken for absent, and it is tried again',
  async (_case, text) => {
    const { nextcloud } = await answering(404, text);
    const calls = [
      () => nextcloud.files.stat('/a'),
      () => nextcloud.files.get('/a'),
      () => nextcloud.files.remove('/a'),
      () => nextcloud.files.put('/a', Buffer.from('abc'), { sizeBytes: 3 }),
      () => nextcloud.uploads.list('upl'),
      () => nextcloud.uploads.remove('upl'),
    ];
    for (const call of calls)
      expect(await failureOf(call())).toMatchObject({ code: 'nextcloud.unexpected-reply', retry: 'later' });
    const own = await answering(404, davError('Sabre\\DAV\\Exception\\NotFound', 'could not be located'));
    expect(await own.nextcloud.files.stat('/a')).toBeUndefined();
    expect(await own.nextcloud.files.remove('/a')).toBe('absent');
  },
);

test('412 means that the name is taken where the call was create-only, and nothing of the kind elsewhere', async () => {
  const { nextcloud } = await answering(412, '');
  const put = (createOnly: boolean) =>
    failureOf(nextcloud.files.put('/a', Buffer.from('abc'), { sizeBytes: 3, createOnly }));
  expect((await put(true)).code).toBe('nextcloud.exists');
  expect((await put(false)).code).toBe('nextcloud.rejected');
  expect((await failureOf(nextcloud.files.move('/a', '/b', { overwrite: false }))).code).toBe(
    'nextcloud.exists',
  );
});

test('Retry-After is honoured in seconds and as a date', async () => {
  const inSeconds = await answering(503, '', { 'retry-after': '120' });
  expect(await failureOf(inSeconds.nextcloud.files.stat('/a'))).toMatchObject({
    retry: { afterMs: 120_000 },
  });
  const asDate = await answering(429, '', { 'retry-after': new Date(Date.now() + 90_000).toUTCString() });
  const { retry } = await failureOf(asDate.nextcloud.files.stat('/a'));
  expect((retry as { afterMs: number }).afterMs).toBeGreaterThan(60_000);
  expect((retry as { afterMs: number }).afterMs).toBeLessThanOrEqual(90_000);
});

test('an address that is locked out of public shares is throttled, though the status is 500', async () => {
  const { nextcloud } = await answering(500, davError('OCP\\Security\\Bruteforce\\MaxDelayReached', ''));
  expect((await failureOf(nextcloud.files.stat('/a'))).code).toBe('nextcloud.throttled');
});

test('an OCS failure carries the message of its envelope', async () => {
  const { nextcloud } = await answering(404, ocs([], 404, 'Wrong share ID'));
  expect(await failureOf(nextcloud.shares.get('9'))).toMatchObject({
    code: 'nextcloud.not-found',
    details: { message: 'Wrong share ID', method: 'GET' },
  });
});

test('a 200 whose envelope says failure is a failure', async () => {
  const { nextcloud } = await answering(200, ocs([], 403, 'no'));
  expect((await failureOf(nextcloud.me())).code).toBe('nextcloud.forbidden');
});

test.each([
  ['a page', '<html><body>Sign in at the proxy</body></html>'],
  ['nothing', ''],
  ['another envelope', '{"ocs":{}}'],
  ['data without its fields', ocs({ displayname: 'No id' })],
])('%s instead of an OCS answer is unexpected, and good data is taken', async (_, text) => {
  const { nextcloud } = await answering(200, text);
  expect(await failureOf(nextcloud.me())).toMatchObject({
    code: 'nextcloud.unexpected-reply',
    retry: 'later',
  });
  const control = await answering(200, ocs({ id: 'someone' }));
  expect(await control.nextcloud.me()).toMatchObject({ id: 'someone', displayName: 'someone' });
});

test.each(['<html>', 'no xml', '', '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response>'])(
  '%j instead of a multistatus answer is unexpected',
  async (text) => {
    const { nextcloud } = await answering(207, text);
    expect((await failureOf(nextcloud.files.list('/'))).code).toBe('nextcloud.unexpected-reply');
  },
);

test('a redirect is not followed, and the advice is about the base URL', async () => {
  const { nextcloud, requests } = await answering(301, '', { location: 'https://elsewhere.example/' });
  const failure = await failureOf(nextcloud.capabilities());
  expect(failure).toMatchObject({ code: 'nextcloud.unexpected-reply', retry: 'never' });
  expect(failure.details.advice).toContain('base URL');
  expect(requests).toHaveLength(1);
});

test('no credential and no token is in a failure, even when the server echoes them', async () => {
  const { url } = await serve(async (request, response) => {
    const echo = `${request.url ?? ''} ${await bodyOf(request)} planted-app-password`;
    if (request.url?.startsWith('/public.php')) response.writeHead(500).end(davError('X', echo));
    else response.writeHead(400).end(ocs([], 400, echo));
  });
  const nextcloud = clientOf(url);
  const failures = [
    await failureOf(nextcloud.shares.create({ path: '/a', password: 'planted-share-password' })),
    await failureOf(nextcloud.shares.probePublicReading('planted-token', 'planted-share-password')),
  ];
  expect(failures.map(({ code }) => code)).toEqual(['nextcloud.rejected', 'nextcloud.failed']);
  expect(
    JSON.stringify(failures.map(({ details, params, message }) => [details, params, message])),
  ).not.toContain('planted');
});
