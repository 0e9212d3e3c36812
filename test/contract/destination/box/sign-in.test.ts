import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../../server/lib/failure.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { openSettings, type Settings } from '../tools.ts';
import { type BoxPlace, openBox } from './harness.ts';

let place: BoxPlace | undefined;
afterEach(async () => {
  await place?.remove();
  place = undefined;
});
const open = async (): Promise<BoxPlace> => {
  place = await openBox();
  return place;
};

const delivery = () => deliveryOf([fileOf('a.txt', Buffer.from('a'))]);
const withAuth = ({ settings }: BoxPlace, auth: object, secrets: Record<string, string>): Settings => ({
  ...settings,
  config: { ...settings.config, auth },
  secrets,
});
const refused = { code: 'destination.auth', retry: 'later' };

const passphrase = 'a passphrase of some length';
const keyPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  });

describe('client credentials', () => {
  test.each([
    ['enterprise', '801234'],
    ['user', '17738362'],
  ])('sign in as %s, once for all calls', async (kind, id) => {
    const here = await open();
    const auth = { kind: 'ccg', subject: { kind, id } };
    await openSettings(withAuth(here, auth, here.settings.secrets ?? {})).deliver(delivery(), contextOf());
    expect(here.box.tokens.given).toBe(1);
  });

  test('as an enterprise that is not ours are refused', async () => {
    const here = await open();
    const auth = { kind: 'ccg', subject: { kind: 'enterprise', id: '999' } };
    const destination = openSettings(withAuth(here, auth, here.settings.secrets ?? {}));
    await expect(destination.deliver(delivery(), contextOf())).rejects.toMatchObject(refused);
    expect((await destination.check()).fit).toBe(false);
  });
});

describe('a key pair', () => {
  const jwt = (publicKeyId = 'abcd1234') => ({
    kind: 'jwt',
    publicKeyId,
    subject: { kind: 'enterprise', id: '801234' },
  });

  test('signs in, with the key under its passphrase; another key, and another name of it, are refused', async () => {
    const here = await open();
    const [ours, other] = [keyPair(), keyPair()];
    here.box.tokens.trust('abcd1234', createPublicKey(ours.publicKey));
    const secrets = { ...here.settings.secrets, privateKey: ours.privateKey, passphrase };
    const good = openSettings(withAuth(here, jwt(), secrets));
    expect((await good.check()).fit).toBe(true);
    await good.deliver(delivery(), contextOf());
    for (const bad of [
      withAuth(here, jwt(), { ...secrets, privateKey: other.privateKey }),
      withAuth(here, jwt('another'), secrets),
    ]) {
      await expect(openSettings(bad).deliver(delivery(), contextOf())).rejects.toMatchObject(refused);
      expect((await openSettings(bad).check()).fit).toBe(false);
    }
  });

  test('that can not be opened is refused at once, and nothing of it is told', async () => {
    const here = await open();
    const { privateKey } = keyPair();
    for (const key of ['not a key at all', privateKey]) {
      const whole = { ...here.settings.secrets, privateKey: key, passphrase: 'another passphrase' };
      let failure: unknown;
      try {
        openSettings(withAuth(here, jwt(), whole));
      } catch (error) {
        failure = error;
      }
      expect(failure).toMatchObject({ code: 'destination.rejected', retry: 'never' });
      const told = JSON.stringify([failure, failure instanceof Failure && [failure.details, failure.cause]]);
      expect(told).not.toContain(key.slice(0, 12));
      expect(told).not.toContain('another passphrase');
    }
  });
});

describe('a developer token', () => {
  const auth = { kind: 'developer-token' };

  test('works until it ends, and staff are told that it will', async () => {
    const here = await open();
    const secrets = { developerToken: here.box.application.developerToken };
    const destination = openSettings(withAuth(here, auth, secrets));
    const { fit, findings } = await destination.check();
    expect([fit, findings.at(-1)?.level]).toEqual([true, 'warning']);
    await destination.deliver(delivery(), contextOf());
    here.box.tokens.end();
    await expect(destination.deliver(delivery(), contextOf())).rejects.toMatchObject(refused);
    expect((await destination.check()).fit).toBe(false);
  });
});

test('a token that Box does not know, nor the one after it, costs two calls and no more', async () => {
  const here = await open();
  for (const skip of [0, 0])
    here.box.faults.add({ method: 'POST', path: /^\/folders$/, skip, action: 'signed-out' });
  await expect(here.destination().deliver(delivery(), contextOf())).rejects.toMatchObject(refused);
  expect(here.box.calls.filter(({ path }) => path === '/folders')).toHaveLength(2);
});

test('Box that gives no token for reasons of its own is asked again', async () => {
  const here = await open();
  here.box.faults.add({ path: /token$/, action: { reply: { status: 503 } } });
  const ours = delivery();
  await expect(here.destination().deliver(ours, contextOf())).rejects.toMatchObject({
    code: 'destination.unavailable',
    retry: 'later',
  });
  await here.destination().deliver(ours, contextOf());
  expect(await here.effects(ours.key)).toBe(1);
});
