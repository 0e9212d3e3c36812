import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Facts } from '../fact.ts';
import { type OcsOptions, type OcsReply, ocs, type Server } from '../server.ts';

const tellPath = '/apps/notifications/api/v3/admin_notifications';
const listPath = '/apps/notifications/api/v2/notifications';

interface Listed {
  notification_id: number;
  subject: string;
  message: string;
  subjectRichParameters: Record<string, { name: string; link: string }>;
}

const tell = (server: Server, userId: string, form: Record<string, string>, options: OcsOptions = {}) =>
  ocs(server, 'POST', `${tellPath}/${userId}`, { auth: server.adminAuth, form, ...options });

const refusedFor = ({ status, data }: OcsReply) => ({ status, data });
const because = (error: string) => ({ status: 400, data: { error } });

/** What the account of the facts was told with this mark in it. */
const listed = async (server: Server, mark: string): Promise<Listed[]> => {
  const { data } = await ocs(server, 'GET', listPath);
  const found = (data as Listed[]).filter(({ subject, message }) => `${subject} ${message}`.includes(mark));
  for (const { notification_id: id } of found)
    server.debts.push(() => ocs(server, 'DELETE', `${listPath}/${id}`));
  return found;
};

const newMark = () => `uketori-contract-${randomBytes(6).toString('hex')}`;

const objectIn = (of: 'subject' | 'message', name: string, object: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(object).map(([field, value]) => [`${of}Parameters[${name}][${field}]`, value]),
  );

export const notificationFacts = (facts: Facts): void => {
  facts.add('an ordinary account tells nobody anything, not even itself: 403', async (server) => {
    const mark = newMark();
    const reply = await tell(server, server.user, { subject: mark }, { auth: server.auth });
    expect(reply).toMatchObject({ status: 403, meta: { statuscode: 403 } });
    expect((await tell(server, server.user, { subject: '' }, { auth: server.auth })).status).toBe(403);
    expect(await listed(server, mark)).toEqual([]);
  });

  facts.add(
    'an administrator tells an account, whose name may be in any case; words that are a parameter are a link',
    async (server) => {
      const mark = newMark();
      const link = 'https://uketori.example.org/staff/requests/req_1';
      const name = `${mark} {brace} <b>${'届きました'.repeat(60)}</b>`;
      const reply = await tell(server, server.user.toUpperCase(), {
        subject: 'Uketori: {notice}',
        ...objectIn('subject', 'notice', { type: 'highlight', id: 'ntc_1', name, link }),
        message: link,
      });
      expect(reply).toMatchObject({ status: 200, data: { id: expect.any(Number) } });
      expect(await listed(server, mark)).toMatchObject([
        {
          subject: `Uketori: ${name}`,
          message: link,
          subjectRichParameters: { notice: { name, link } },
        },
      ]);
    },
    'administrator',
  );

  facts.add(
    'the same again is there twice',
    async (server) => {
      const mark = newMark();
      for (let n = 0; n < 2; n += 1) await tell(server, server.user, { subject: mark });
      expect(await listed(server, mark)).toHaveLength(2);
    },
    'administrator',
  );

  facts.add(
    'words with a placeholder that nothing is given for are taken with 200, and never shown',
    async (server) => {
      const mark = newMark();
      const inSubject = await tell(server, server.user, { subject: `${mark} {brace}` });
      const inMessage = await tell(server, server.user, { subject: mark, message: '{brace}' });
      expect([inSubject.status, inMessage.status]).toEqual([200, 200]);
      expect(await listed(server, mark)).toEqual([]);
      await tell(server, server.user, { subject: `${mark} {x} { brace }` });
      expect(await listed(server, mark)).toHaveLength(1);
    },
    'administrator',
  );

  facts.add(
    'what is refused is named: user, subject, message, parameters; nothing is told',
    async (server) => {
      const mark = newMark();
      const ask = async (form: Record<string, string>, userId = server.user) =>
        refusedFor(await tell(server, userId, form));
      expect(await ask({ subject: mark }, `${mark}-nobody`)).toEqual(because('user'));
      expect(await ask({ subject: '' })).toEqual(because('subject'));
      expect(await ask({ subject: mark.padEnd(256, 'x') })).toEqual(because('subject'));
      // 86 characters, 258 bytes.
      expect(await ask({ subject: 'あ'.repeat(86) })).toEqual(because('subject'));
      expect(await ask({ subject: mark, message: 'x'.repeat(4001) })).toEqual(because('message'));
      const nameless = objectIn('subject', 'notice', { type: 'highlight', id: '1' });
      expect(await ask({ subject: `${mark} {notice}`, ...nameless })).toEqual(because('parameters'));
      const oneLetter = objectIn('subject', 'n', { type: 'highlight', id: '1', name: 'n' });
      expect(await ask({ subject: `${mark} {n}`, ...oneLetter })).toEqual(because('parameters'));
      expect(await listed(server, mark)).toEqual([]);
    },
    'administrator',
  );

  facts.add(
    'a way of an app that is not there is 404 with 998, before it is asked who asks',
    async (server) => {
      const path = `/apps/no-such-app/api/v3/admin_notifications/${server.user}`;
      const reply = await ocs(server, 'POST', path, { form: { subject: 'x' } });
      expect(reply).toMatchObject({ status: 404, meta: { statuscode: 998 } });
    },
  );

  facts.add('the app stands in the capabilities', async (server) => {
    const { data } = await ocs(server, 'GET', '/cloud/capabilities');
    expect(data).toMatchObject({
      capabilities: { notifications: { 'admin-notifications': expect.arrayContaining(['ocs']) } },
    });
  });

  facts.add(
    'switched off, the app is in no capability and its way is 404 with 998',
    async (server) => {
      server.standin?.control.set({ notifications: false });
      const reply = await tell(server, server.user, { subject: 'x' });
      const { data } = await ocs(server, 'GET', '/cloud/capabilities');
      server.standin?.control.set({ notifications: true });
      expect(reply).toMatchObject({ status: 404, meta: { statuscode: 998 } });
      expect(data).not.toHaveProperty('capabilities.notifications');
    },
    'stand-in',
  );
};
