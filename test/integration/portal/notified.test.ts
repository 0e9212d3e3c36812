import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { raiseNotice } from '../../../db/queries/notices.ts';
import { findStaffByLogin, setStaff } from '../../../db/queries/people.ts';
import { notices, throttles } from '../../../db/schema/index.ts';
import { changePerson } from '../../../server/auth/people.ts';
import { defaultUsers } from '../../standins/nextcloud/options.ts';
import { nextcloudPerson, withPeople } from '../../support/nextcloud-people.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';

const hanako = nextcloudPerson('Hanako');
const admin = defaultUsers.find((user) => user.admin === true);
if (admin === undefined) throw new Error('no administrator');

const ordinary = await startPortal({ standinOptions: withPeople(hanako) });
const portal = await startPortal({
  standinOptions: withPeople(hanako),
  config: { notifier: { user: admin.id, appPassword: admin.appPassword } },
});
/** Its own account is an administrator's. */
const asAdmin = await startPortal({
  standinOptions: withPeople(hanako),
  nextcloud: { user: admin.id, appPassword: admin.appPassword },
});
const all = [ordinary, portal, asAdmin];

beforeEach(() => Promise.all(all.map((each) => each.db.delete(throttles))));
afterEach(() => Promise.all(all.map((each) => each.db.delete(notices))));
afterAll(() => Promise.all(all.map((each) => each.close())));

const nameUser = async (at: TestPortal, nextcloudUser: string | null) => {
  const member = await findStaffByLogin(at.db, at.staff.login);
  if (member === undefined) throw new Error('no row');
  await setStaff(at.db, member.id, { nextcloudUser });
  return member.id;
};

const accountPage = async (at: TestPortal, cookie: string, language: 'en' | 'ja' = 'en') => {
  const headers = { cookie, 'accept-language': language };
  return (await fetch(`${at.url}/staff/account`, { headers })).text();
};
const choiceIn = (html: string) => {
  const [choice = ''] = /<input type="checkbox" name="notified"[^>]*>/.exec(html) ?? [];
  return { isWanted: / checked/.test(choice), isOffered: !/ disabled/.test(choice), is: choice !== '' };
};
const save = (at: TestPortal, cookie: string, more: Record<string, string>) =>
  fetch(`${at.url}/staff/account`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html' },
    body: new URLSearchParams({ name: 'Hanako', email: '', language: 'en', mailing: 'none', ...more }),
  });

describe('the choice of notices at Nextcloud', () => {
  test('is not offered where no administrator’s account tells them, and the page says so in both languages', async () => {
    await nameUser(ordinary, 'hanako');
    const cookie = await ordinary.signIn();
    const html = await accountPage(ordinary, cookie);
    expect(choiceIn(html)).toEqual({ is: true, isWanted: false, isOffered: false });
    expect(html).toContain('NEXTCLOUD_NOTIFIER_USER');
    expect(await accountPage(ordinary, cookie, 'ja')).toContain('管理者のアカウントだけ');
  });

  test('is not offered to who has no account there, with the way to connect one', async () => {
    await nameUser(portal, null);
    const html = await accountPage(portal, await portal.signIn());
    expect(choiceIn(html)).toEqual({ is: true, isWanted: false, isOffered: false });
    expect(html).toContain('href="#nextcloud-title"');
    expect(html).toContain('id="nextcloud-title"');
  });

  test.each([
    ['an account for that alone', portal],
    ['the portal’s own, as an administrator’s', asAdmin],
  ])('is offered with %s; what comes then is told, until it is taken back', async (_name, at) => {
    await nameUser(at, 'hanako');
    const cookie = await at.signIn();
    expect(choiceIn(await accountPage(at, cookie))).toEqual({ is: true, isWanted: false, isOffered: true });
    expect((await save(at, cookie, { notified: 'yes' })).status).toBe(303);
    expect(choiceIn(await accountPage(at, cookie))).toEqual({ is: true, isWanted: true, isOffered: true });

    const tell = (subject: string) =>
      raiseNotice(at.db, { level: 'problem', code: 'scan.unavailable', subject });
    await tell('first');
    await at.composed.notifier.sweep();
    const [shown] = await until('the notification', () => {
      const found = at.standin.control.notifications();
      return found.length > 0 && found;
    });
    expect(shown).toMatchObject({ userId: 'Hanako', shownMessage: `${at.url}/staff/notices` });
    expect(at.log.join()).not.toContain(admin.appPassword);

    await save(at, cookie, {});
    expect(choiceIn(await accountPage(at, cookie)).isWanted).toBe(false);
    await at.db.delete(notices);
    await tell('second');
    await at.composed.notifier.sweep();
    expect(at.standin.control.notifications()).toHaveLength(1);
  });

  test('is kept when Nextcloud knows no such account: the page says that nothing arrived', async () => {
    const id = await nameUser(portal, 'gone');
    const cookie = await portal.signIn();
    await save(portal, cookie, { notified: 'yes' });
    await raiseNotice(portal.db, { level: 'problem', code: 'scan.unavailable', subject: 'third' });
    await portal.composed.notifier.sweep();
    await until('the notice', async () => {
      const found = await portal.db.select().from(notices).where(eq(notices.subject, id));
      return found.length > 0;
    });
    const html = await accountPage(portal, cookie);
    expect(html).toContain('Nextcloud knows no account gone');
    expect(choiceIn(html)).toEqual({ is: true, isWanted: true, isOffered: true });
    // Another account is named: of that one nothing is known yet.
    await changePerson(portal.db, { name: 'system' }, id, { nextcloudUser: 'hanako' });
    expect(await accountPage(portal, cookie)).not.toContain('Nextcloud knows no account');
  });
});
