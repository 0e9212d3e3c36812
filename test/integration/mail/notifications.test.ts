import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { beat, forgetNode } from '../../../db/queries/nodes.ts';
import { raiseNotice, resolveNotices } from '../../../db/queries/notices.ts';
import { setNotified } from '../../../db/queries/notifications.ts';
import { insertStaff } from '../../../db/queries/people.ts';
import { notices, notifications, staff, teams } from '../../../db/schema/index.ts';
import { silentLog } from '../../../server/lib/log.ts';
import {
  askAbility,
  createNotifier,
  type Notifier,
  type NotifierLimits,
  type Teller,
} from '../../../server/mail/notifier.ts';
import { createNextcloud, type Nextcloud } from '../../../server/nextcloud/index.ts';
import { type Standin, startStandin } from '../../standins/nextcloud/standin.ts';
import { nextcloudPerson, withPeople } from '../../support/nextcloud-people.ts';
import { openStage } from './stage.ts';

let stage: Awaited<ReturnType<typeof openStage>>;
let standin: Standin;
let nextcloud: Nextcloud;
let requestId: string;

const clientFor = (user: string, appPassword: string): Nextcloud =>
  createNextcloud({ baseUrl: new URL(standin.url), user, appPassword, log: silentLog });

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

beforeEach(async () => {
  standin = await startStandin(withPeople(nextcloudPerson('Hanako'), nextcloudPerson('taro')));
  nextcloud = clientFor(standin.admin.id, standin.admin.appPassword);
  requestId = await stage.newRequest('Reports {2026}');
});
afterEach(async () => {
  await stage.db.delete(notices);
  await stage.db.delete(staff);
  await nextcloud.close();
  await standin.close();
});

/** A node that tells; what fails is due again at once. */
const openDesk = async (
  teller: Teller = nextcloud.notifications,
  limits: Partial<NotifierLimits> = {},
): Promise<Notifier & { nodeId: string }> => {
  const nodeId = `nod_${randomBytes(8).toString('hex')}`;
  await beat(stage.db, nodeId, 'portal');
  const notifier = createNotifier({
    db: stage.db,
    nodeId,
    teller: async () => teller,
    publicUrl: new URL('https://uketori.example.org'),
    log: silentLog,
    limits: { leastMs: 0, mostMs: 0, ...limits },
  });
  return { ...notifier, nodeId };
};

const person = async (login: string, change: Partial<typeof staff.$inferInsert> = {}, teamIds?: string[]) => {
  const values = { login, name: login, role: 'staff' as const, nextcloudUser: login, ...change };
  const row = await insertStaff(stage.db, values, teamIds);
  if (row === undefined) throw new Error('no row');
  await setNotified(stage.db, row.id, true);
  return row.id;
};

const sealed = (receipt: string) =>
  raiseNotice(stage.db, {
    level: 'information',
    code: 'submission.sealed',
    subject: receipt,
    requestId,
    params: { title: 'Reports {2026}', receipt, file: 'planted.pdf', folder: 'planted' },
  });

const rows = () => stage.db.select().from(notifications).orderBy(notifications.createdAt);
const sendAll = async (desk: Notifier) => {
  const outcomes = [];
  for (const { id } of await rows()) outcomes.push(await desk.sendOne(id));
  return outcomes;
};
const told = () =>
  standin.control.notifications().map(({ userId, shownSubject, shownMessage }) => ({
    userId,
    subject: shownSubject,
    message: shownMessage,
  }));

describe('a notice', () => {
  test('is told once, to the account of who wants it, in their language and with the way to its request', async () => {
    await person('hanako', { language: 'ja' });
    await person('taro', { language: 'en' });
    await setNotified(stage.db, await person('jiro'), false);
    const desk = await openDesk();
    await sealed('R-1');
    await desk.sweep();
    expect(await sendAll(desk)).toEqual(['sent', 'sent']);
    await desk.sweep();
    expect(await sendAll(desk)).toEqual(['not-claimed', 'not-claimed']);
    const message = `https://uketori.example.org/staff/requests/${requestId}`;
    expect(told()).toEqual(
      expect.arrayContaining([
        { userId: 'Hanako', subject: 'Uketori: 依頼「Reports {2026}」への送付 R-1が完了しました。', message },
        { userId: 'taro', subject: 'Uketori: Submission R-1 to “Reports {2026}” is complete.', message },
      ]),
    );
    expect(told()).toHaveLength(2);
    expect(JSON.stringify(standin.control.notifications())).not.toContain('planted');
  });

  test('about the whole installation leads to all notices', async () => {
    await person('taro');
    const desk = await openDesk();
    await raiseNotice(stage.db, { level: 'problem', code: 'scan.unavailable', subject: 'clamd' });
    await desk.sweep();
    expect(await sendAll(desk)).toEqual(['sent']);
    expect(told()).toMatchObject([{ message: 'https://uketori.example.org/staff/notices' }]);
  });

  test('is told by one of two nodes that are woken at once', async () => {
    await person('taro');
    const [desk, other] = [await openDesk(), await openDesk()];
    await sealed('R-2');
    await Promise.all([desk.sweep(), other.sweep()]);
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    const id = row?.id ?? '';
    const outcomes = await Promise.all([desk.sendOne(id), other.sendOne(id), desk.sendOne(id)]);
    expect(outcomes.sort()).toEqual(['not-claimed', 'not-claimed', 'sent']);
    expect(told()).toHaveLength(1);
  });

  test('that a dead node was telling is told by another', async () => {
    await person('taro');
    const [dead, desk] = [await openDesk(), await openDesk()];
    await sealed('R-3');
    await dead.sweep();
    const [row] = await rows();
    await stage.db.update(notifications).set({ state: 'sending', leaseNode: dead.nodeId });
    expect(await desk.sendOne(row?.id ?? '')).toBe('not-claimed');
    await forgetNode(stage.db, dead.nodeId);
    expect(await desk.sendOne(row?.id ?? '')).toBe('sent');
  });

  test('of another team is told to administrators alone', async () => {
    const [team] = await stage.db
      .insert(teams)
      .values({ name: `Elsewhere ${requestId}` })
      .returning();
    await person('taro', {}, [team?.id ?? '']);
    await person('hanako', { role: 'administrator' }, [team?.id ?? '']);
    const desk = await openDesk();
    await sealed('R-4');
    await desk.sweep();
    expect(await sendAll(desk)).toEqual(['sent']);
    expect(told()).toMatchObject([{ userId: 'Hanako' }]);
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['who does not want it any more', (id) => setNotified(stage.db, id, false)],
    [
      'who is disabled',
      (id) => stage.db.update(staff).set({ disabledAt: sql`now()` }).where(eq(staff.id, id)),
    ],
    [
      'whose Nextcloud user is named no more',
      (id) => stage.db.update(staff).set({ nextcloudUser: null }).where(eq(staff.id, id)),
    ],
    ['whose problem has passed', () => resolveNotices(stage.db, 'scan.unavailable', 'clamd')],
  ])('that waits is not told to somebody %s', async (_whom, change) => {
    const id = await person('taro');
    const desk = await openDesk();
    await raiseNotice(stage.db, { level: 'problem', code: 'scan.unavailable', subject: 'clamd' });
    await desk.sweep();
    await change(id);
    expect(await sendAll(desk)).toEqual(['not-claimed']);
    await desk.sweep();
    expect(await rows()).toEqual([]);
    expect(told()).toEqual([]);
  });

  test('from before somebody wanted it is not told, nor that telling fails, nor what is only said', async () => {
    await sealed('R-5');
    const id = await person('taro');
    await raiseNotice(stage.db, { level: 'problem', code: 'notification.failing', subject: 'nextcloud' });
    await raiseNotice(stage.db, { level: 'information', code: 'delivery.delivered', subject: 'dlv_1' });
    const desk = await openDesk();
    await desk.sweep();
    expect(await rows()).toEqual([]);
    // Saying again that it is wanted leaves nothing out.
    await sealed('R-6');
    await setNotified(stage.db, id, true);
    await desk.sweep();
    expect(await sendAll(desk)).toEqual(['sent']);
  });
});

describe('what Nextcloud does not take', () => {
  const failing = async (desk: Notifier) => {
    await person('taro');
    await sealed('R-7');
    await desk.sweep();
  };

  test.each([
    ['an ordinary account', 'notification.no-administrator'],
    ['the app switched off', 'notification.no-app'],
    ['a refused app password', 'nextcloud.credentials-refused'],
  ])('for %s is told to staff at once, tried again, and told when it is set right', async (why, reason) => {
    let teller = nextcloud.notifications;
    const wrong =
      why === 'an ordinary account'
        ? clientFor(standin.user.id, standin.user.appPassword)
        : clientFor(standin.admin.id, 'not-the-app-password');
    if (why === 'the app switched off') standin.control.set({ notifications: false });
    else teller = wrong.notifications;
    const desk = await openDesk({ tell: (...all) => teller.tell(...all), mayTell: teller.mayTell });
    await failing(desk);
    expect(await sendAll(desk)).toEqual(['retry']);
    expect(await stage.noticesOf('notification.failing')).toMatchObject([
      { level: 'problem', params: { reason }, resolvedAt: null },
    ]);
    standin.control.calm();
    teller = nextcloud.notifications;
    await stage.db.update(notifications).set({ nextAttemptAt: sql`now()` });
    expect(await sendAll(desk)).toEqual(['sent']);
    expect((await stage.noticesOf('notification.failing'))[0]?.resolvedAt).toBeInstanceOf(Date);
    await wrong.close();
  });

  test('for a while is told to staff after some attempts, and given up after a day', async () => {
    standin.control.set({ maintenance: true });
    const desk = await openDesk(nextcloud.notifications, { failuresUntold: 2 });
    await failing(desk);
    expect(await sendAll(desk)).toEqual(['retry']);
    expect(await stage.noticesOf('notification.failing')).toEqual([]);
    expect(await sendAll(desk)).toEqual(['retry']);
    expect(await stage.noticesOf('notification.failing')).toHaveLength(1);
    await stage.db.update(notifications).set({ createdAt: sql`now() - interval '25 hours'` });
    expect(await sendAll(desk)).toEqual(['given-up']);
    expect(await rows()).toMatchObject([{ state: 'given-up', failureCode: 'nextcloud.maintenance' }]);
  });

  test('as it knows no such account is given up at once, and staff are told until it does', async () => {
    const id = await person('nobody');
    const desk = await openDesk();
    await sealed('R-8');
    await desk.sweep();
    expect(await sendAll(desk)).toEqual(['unknown-user']);
    expect(await sendAll(desk)).toEqual(['not-claimed']);
    expect(await stage.noticesOf('notification.unknown-user')).toMatchObject([
      { subject: id, params: { account: 'nobody' }, resolvedAt: null },
    ]);
    await stage.db.update(staff).set({ nextcloudUser: 'taro' }).where(eq(staff.id, id));
    await sealed('R-9');
    await desk.sweep();
    expect(await sendAll(desk)).toContain('sent');
    expect((await stage.noticesOf('notification.unknown-user'))[0]?.resolvedAt).toBeInstanceOf(Date);
    expect(told()).toHaveLength(1);
  });
});

describe('whether it can be done', () => {
  const abilityOf = (client: Nextcloud) => askAbility(async () => client.notifications);

  test('is asked of Nextcloud, and tells nobody anything', async () => {
    expect(await abilityOf(nextcloud)).toBe('yes');
    const ordinary = clientFor(standin.user.id, standin.user.appPassword);
    expect(await abilityOf(ordinary)).toBe('no-administrator');
    await ordinary.close();
    standin.control.set({ notifications: false });
    expect(await abilityOf(nextcloud)).toBe('no-app');
    standin.control.set({ notifications: true, maintenance: true });
    expect(await abilityOf(nextcloud)).toBe('unknown');
    standin.control.calm();
    const refused = clientFor(standin.admin.id, 'not-the-app-password');
    expect(await abilityOf(refused)).toBe('refused');
    await refused.close();
    expect(standin.control.notifications()).toEqual([]);
  });
});
