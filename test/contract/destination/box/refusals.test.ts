import { BlockList } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { destinationModules } from '../../../../server/importer/destinations/registry.ts';
import { createOutgoingClient } from '../../../../server/lib/outgoing/client.ts';
import { createAddressGuard } from '../../../../server/lib/outgoing/guard.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { openSettings, toolsOf } from '../tools.ts';
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

const small = () => fileOf('a.txt', Buffer.from('a'));
const attempt = async (place: BoxPlace, delivery: Delivery, context = contextOf()) =>
  (await place.destination().probe(delivery, context)) ?? place.destination().deliver(delivery, context);

describe('what Box refuses', () => {
  test.each<[string, number, string | undefined, string, unknown]>([
    ['asked too often', 429, 'rate_limit_exceeded', 'destination.unavailable', { afterMs: 3000 }],
    ['out of space', 403, 'storage_limit_exceeded', 'destination.unavailable', { afterMs: 3000 }],
    ['not permitted', 403, 'access_denied_insufficient_permissions', 'destination.auth', 'later'],
    ['too large for the account', 403, 'file_size_limit_exceeded', 'destination.rejected', 'never'],
    ['too large', 413, 'request_entity_too_large', 'destination.rejected', 'never'],
    ['a bad name', 400, 'item_name_invalid', 'destination.rejected', 'never'],
    ['reserved by a twin', 409, 'name_temporarily_reserved', 'destination.unavailable', { afterMs: 3000 }],
    ['a folder that is gone', 404, 'not_found', 'destination.unavailable', 'later'],
    ['down', 503, undefined, 'destination.unavailable', { afterMs: 3000 }],
    ['redirected', 302, undefined, 'destination.rejected', 'never'],
  ])('%s: %i %s', async (_, status, code, failure, retry) => {
    const here = await open();
    const body = code === undefined ? undefined : { type: 'error', status, code, request_id: 'abc1' };
    const reply = { status, headers: { 'retry-after': '3' }, ...(body !== undefined && { body }) };
    here.box.faults.add({ method: 'POST', path: /^\/files\/content$/, action: { reply } });
    const delivery = deliveryOf([small()]);
    await expect(here.destination().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: failure,
      retry,
      details: { status, ...(code !== undefined && { code, requestId: 'abc1' }) },
    });
    await here.destination().deliver(delivery, contextOf());
    expect(await here.effects(delivery.key)).toBe(1);
  });

  test('an answer that is none of Box’s is not believed', async () => {
    const here = await open();
    here.box.faults.add({
      method: 'POST',
      path: /^\/folders$/,
      action: { reply: { status: 201, body: {} } },
    });
    await expect(here.destination().deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
  });
});

test('an address inside this network is refused, and staff are told', async () => {
  const here = await open();
  const guard = createAddressGuard(new BlockList());
  const tools = {
    ...toolsOf({ secrets: here.settings.secrets }),
    guard,
    http: createOutgoingClient({ guard }),
  };
  const destination = destinationModules.get('box')?.open(here.settings.config, tools);
  expect(await destination?.check()).toMatchObject({ fit: false });
  await expect(destination?.deliver(deliveryOf([small()]), contextOf())).rejects.toMatchObject({
    code: 'destination.address-refused',
  });
  expect(here.box.calls).toEqual([]);
});

describe('check', () => {
  const problems = async (here: BoxPlace, config: Record<string, unknown> = {}) => {
    const destination = openSettings({ ...here.settings, config: { ...here.settings.config, ...config } });
    const { fit, findings } = await destination.check();
    return { fit, levels: findings.map(({ level }) => level), text: JSON.stringify(findings) };
  };

  test('says who is signed in, and where files would go', async () => {
    const here = await open();
    const { fit, levels, text } = await problems(here);
    expect([fit, levels]).toEqual([true, ['good', 'good']]);
    expect(text).toContain('boxdevedition.com');
    expect(text).toContain('Uketori');
  });

  test('“Viewer Uploader” is enough, “Uploader” is not', async () => {
    const here = await open();
    here.box.roles.set(here.folder, 'viewer uploader');
    expect((await problems(here)).fit).toBe(true);
    const delivery = deliveryOf([small()]);
    await attempt(here, delivery);
    expect((await here.destination().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
    here.box.roles.set(here.folder, 'uploader');
    expect((await problems(here)).fit).toBe(false);
  });

  test('an account without space is told, one with little is warned of', async () => {
    const here = await open();
    here.box.spaceBytes = 1024 ** 2;
    expect((await problems(here)).levels).toEqual(['good', 'warning', 'good']);
    here.box.spaceBytes = 0;
    const { fit, text } = await problems(here);
    expect(fit).toBe(false);
    expect(text).toContain('no space left');
  });

  test('the root folder is warned of', async () => {
    const here = await open();
    expect((await problems(here, { folderId: '0' })).levels).toEqual(['good', 'good', 'warning']);
  });

  test('a folder in which no link can be made is told, where links are wanted', async () => {
    const here = await open();
    const sharedLink = { of: 'folder', access: 'open' };
    expect((await problems(here, { sharedLink })).fit).toBe(true);
    here.box.faults.add({
      method: 'GET',
      path: /^\/folders\//,
      action: {
        reply: {
          status: 200,
          body: {
            name: 'Uketori',
            item_status: 'active',
            permissions: {
              can_upload: true,
              can_download: true,
              can_share: true,
              can_set_share_access: true,
            },
            allowed_shared_link_access_levels: ['collaborators'],
          },
        },
      },
    });
    expect((await problems(here, { sharedLink })).fit).toBe(false);
  });
});

test('a source that fails is told by its own failure, from every depth', async () => {
  const here = await open();
  const failure = Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  const source = () =>
    new Readable({
      read() {
        this.destroy(failure);
      },
    });
  const delivery = deliveryOf([fileOf('a.bin', Buffer.alloc(100), source)]);
  await expect(here.destination().deliver(delivery, contextOf())).rejects.toBe(failure);
});
