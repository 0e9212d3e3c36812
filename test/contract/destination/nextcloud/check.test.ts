import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DestinationTools } from '../../../../server/importer/destinations/destination.ts';
import { nextcloud as module } from '../../../../server/importer/destinations/nextcloud/deliver.ts';
import { toolsOf } from '../tools.ts';
import { isReal, type NextcloudTestPlace, openNextcloudPlace } from './harness.ts';

let place: NextcloudTestPlace;
beforeEach(async () => {
  place = await openNextcloudPlace();
});
afterEach(() => place.remove());

const files = () => place.nextcloud.files;
const checkedWith = (nextcloud: DestinationTools['nextcloud']) =>
  module.open(place.settings.config, { ...toolsOf(), nextcloud }).check();
const withRights = (permissions: string) =>
  checkedWith(() =>
    Promise.resolve({
      ...files(),
      stat: async (path, options) => {
        const entry = await files().stat(path, options);
        return entry && { ...entry, permissions };
      },
    }),
  );

test.each([
  ['RGDNVCK', true],
  ['SRGDNVCK', true],
  ['SRG', false],
  ['SRGDNVC', false],
  ['SRGDNVK', false],
])('the rights %s are enough: %s', async (permissions, fit) => {
  expect((await withRights(permissions)).fit).toBe(fit);
});

test.skipIf(isReal)('an account that Nextcloud refuses is told to staff', async () => {
  place.server.standin?.control.revokeAppPasswords(place.server.user);
  const { fit, findings } = await place.destination().check();
  expect(fit).toBe(false);
  expect(findings[0]?.text.en).toContain('app password');
  expect(findings[0]?.text.ja).toContain('アプリパスワード');
  place.server.standin?.control.restoreAppPassword(place.server.user);
  expect((await place.destination().check()).fit).toBe(true);
});

test('a Nextcloud that does not answer is told to staff', async () => {
  const { fit, findings } = await checkedWith(() => Promise.reject(new Error('closed')));
  expect([fit, findings[0]?.level]).toEqual([false, 'problem']);
});
