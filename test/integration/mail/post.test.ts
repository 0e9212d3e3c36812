import { eq, inArray, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forgetNode } from '../../../db/queries/nodes.ts';
import { raiseNotice } from '../../../db/queries/notices.ts';
import { insertStaff } from '../../../db/queries/people.ts';
import { mails, notices, staff, teams, toldNotices } from '../../../db/schema/index.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';
import { type Office, openOffice, openStage } from './stage.ts';

let stage: Awaited<ReturnType<typeof openStage>>;
let server: MailServer;
let office: Office;
let requestId: string;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

beforeEach(async () => {
  server = await startMailServer();
  office = await openOffice(stage.db, server.url);
  requestId = await stage.newRequest();
});
afterEach(async () => {
  await stage.db.delete(mails);
  await stage.db.delete(notices);
  await server.close();
});

const stateOf = async (mailId: string) => (await stage.mailOf(mailId)).state;

describe('a receipt', () => {
  test('arrives once, in its language, however often it is queued and woken', async () => {
    const id = await stage.queueReceipt(requestId, 'hanako@example.jp', 'ja');
    expect(await office.sendOne(id)).toBe('sent');
    expect(await office.sendOne(id)).toBe('not-claimed');
    const [mail, ...others] = server.received;
    expect(others).toEqual([]);
    expect(mail?.envelope).toEqual({ from: 'uketori@example.org', to: ['hanako@example.jp'] });
    expect(mail?.from).toMatchObject({ name: '受取', address: 'uketori@example.org' });
    expect(mail?.subject).toMatch(/^ファイル受領のお知らせ（受取番号 261122-\w+）$/);
    expect(mail?.text).toContain('お送りいただいたファイルを受け取り、保管しました。');
    expect(mail?.html).toContain('お送りいただいたファイルを受け取り、保管しました。');
    expect(mail?.messageId).toBe(`<${id}@example.org>`);
    expect(mail?.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    const { subject } = await stage.mailOf(id);
    expect(await stage.actionsOf(subject)).toEqual(['mail.sent']);
  });

  test('is sent by one of two nodes that are woken at once', async () => {
    const other = await openOffice(stage.db, server.url);
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    const outcomes = await Promise.all([office.sendOne(id), other.sendOne(id), office.sendOne(id)]);
    expect(outcomes.sort()).toEqual(['not-claimed', 'not-claimed', 'sent']);
    expect(server.received).toHaveLength(1);
  });

  test.each([
    'a@example.org,b@example.org',
    'a@example.org;b@example.org',
    'a@example.org>\nBcc: <b@example.org',
    'a@example.org\r\nBcc: b@example.org',
    '(a@example.org)b@example.org',
    'g:b@example.org;@example.org',
    '"b@example.org"@example.org',
    'b@example.org\u200b',
  ])('for %j, which is not one plain address, reaches nobody', async (recipient) => {
    expect(await office.sendOne(await stage.queueReceipt(requestId, recipient))).toBe('refused');
    expect(server.asked.connect).toBe(0);
  });

  test.each(["o'brien+reports@example.org", '山田@example.jp', 'hanako@例え.jp'])(
    'for %s reaches that one address',
    async (recipient) => {
      expect(await office.sendOne(await stage.queueReceipt(requestId, recipient))).toBe('sent');
      expect(server.received).toMatchObject([{ envelope: { to: [recipient] } }]);
    },
  );
});

describe('when the server', () => {
  test.each(['connect', 'mail-from', 'rcpt-to', 'data'] as const)(
    'says 4xx at %s, it is tried again, and arrives once',
    async (at) => {
      server.refuse(at, 451, 2);
      const id = await stage.queueReceipt(requestId, 'a@example.org');
      expect([await office.sendOne(id), await office.sendOne(id)]).toEqual(['retry', 'retry']);
      expect(await stage.mailOf(id)).toMatchObject({ state: 'waiting', attempts: 2, leaseNode: null });
      expect(await office.sendOne(id)).toBe('sent');
      expect(server.received).toHaveLength(1);
    },
  );

  test('fails, the next attempt waits', async () => {
    const patient = await openOffice(stage.db, server.url, { leastMs: 60_000, mostMs: 60_000 });
    server.refuse('rcpt-to', 451);
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    expect(await patient.sendOne(id)).toBe('retry');
    expect(await patient.sendOne(id)).toBe('not-claimed');
    const jobs = await stage.db.execute<{ late: boolean }>(
      sql`select run_at > now() + interval '20 seconds' as late from graphile_worker.jobs where key = ${`mail:${id}`}`,
    );
    expect(jobs).toMatchObject([{ late: true }]);
  });

  test.each(['rcpt-to', 'data'] as const)(
    'says 5xx at %s, that mail is given up at once and staff are told, without the address',
    async (at) => {
      server.refuse(at, 550);
      const id = await stage.queueReceipt(requestId, 'nobody@example.org');
      expect(await office.sendOne(id)).toBe('refused');
      expect(await stateOf(id)).toBe('given-up');
      expect(await office.sendOne(id)).toBe('not-claimed');
      const [notice] = await stage.noticesOf('mail.given-up');
      expect(notice).toMatchObject({ level: 'information', params: { reason: 'mail.refused' }, requestId });
      expect(JSON.stringify(notice)).not.toContain('nobody@');
    },
  );

  test.each([
    ['connect', 'mail.unavailable'],
    ['mail-from', 'mail.sender-refused'],
  ] as const)('says 5xx at %s, nothing is given up: staff are told, until it works', async (at, reason) => {
    server.refuse(at, 554, 3);
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    for (const told of [0, 0, 1]) {
      expect(await office.sendOne(id)).toBe('retry');
      expect(await stage.noticesOf('mail.failing')).toHaveLength(told);
    }
    expect(await stage.noticesOf('mail.failing')).toMatchObject([{ params: { reason }, resolvedAt: null }]);
    expect(await office.sendOne(id)).toBe('sent');
    expect((await stage.noticesOf('mail.failing'))[0]?.resolvedAt).toBeInstanceOf(Date);
  });

  test('fails for three days, the mail is given up and staff are told', async () => {
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    await stage.db.update(mails).set({ createdAt: sql`now() - interval '73 hours'` }).where(eq(mails.id, id));
    server.refuse('rcpt-to', 451);
    expect(await office.sendOne(id)).toBe('given-up');
    expect(await stage.noticesOf('mail.given-up')).toMatchObject([
      { level: 'warning', params: { reason: 'mail.put-off' } },
    ]);
  });
});

describe('too many receipts', () => {
  test('to one mailbox are not sent, however it is spelt; another one still gets its own', async () => {
    const strict = await openOffice(stage.db, server.url, { mailboxPerHour: 2 });
    const spellings = [
      'victim@example.org',
      'Victim+1@example.org',
      'victim+2@EXAMPLE.org',
      'other@example.org',
    ];
    const ids = [];
    for (const address of spellings) ids.push(await stage.queueReceipt(requestId, address));
    for (const id of ids) await strict.sendOne(id);
    expect(await Promise.all(ids.map(stateOf))).toEqual(['sent', 'sent', 'withheld', 'sent']);
    expect(server.received).toHaveLength(3);
  });

  test('in a day are too many as well', async () => {
    const strict = await openOffice(stage.db, server.url, { mailboxPerDay: 1 });
    const first = await stage.queueReceipt(requestId, 'victim@example.org');
    await strict.sendOne(first);
    await stage.db
      .update(mails)
      .set({ firstAttemptAt: sql`now() - interval '5 hours'` })
      .where(eq(mails.id, first));
    const second = await stage.queueReceipt(requestId, 'victim@example.org');
    await strict.sendOne(second);
    expect(await stateOf(second)).toBe('withheld');
  });

  test('for one request wait, those of another do not', async () => {
    const strict = await openOffice(stage.db, server.url, { requestPerHour: 1 });
    const [first, second] = [
      await stage.queueReceipt(requestId, 'a@example.org'),
      await stage.queueReceipt(requestId, 'b@example.org'),
    ];
    const other = await stage.queueReceipt(await stage.newRequest(), 'c@example.org');
    for (const id of [first, second, other]) await strict.sendOne(id);
    expect(await Promise.all([first, second, other].map(stateOf))).toEqual(['sent', 'waiting', 'sent']);
    await stage.db.update(mails).set({ firstAttemptAt: sql`${mails.firstAttemptAt} - interval '1 hour'` });
    await stage.db.update(mails).set({ nextAttemptAt: sql`now()` }).where(eq(mails.id, second));
    expect(await strict.sendOne(second)).toBe('sent');
  });

  test('are counted once each, however often one is tried again', async () => {
    const strict = await openOffice(stage.db, server.url, { mailboxPerHour: 1 });
    server.refuse('rcpt-to', 451, 3);
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    for (const _ of [1, 2, 3]) expect(await strict.sendOne(id)).toBe('retry');
    expect(await strict.sendOne(id)).toBe('sent');
  });
});

describe('a node that dies', () => {
  test('before the server has the mail: another sends it', async () => {
    const other = await openOffice(stage.db, server.url);
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    await stage.db
      .update(mails)
      .set({ state: 'sending', epoch: 1, attempts: 1, leaseNode: office.nodeId })
      .where(eq(mails.id, id));
    expect(await other.sendOne(id)).toBe('not-claimed');
    await forgetNode(stage.db, office.nodeId);
    expect(await other.sendOne(id)).toBe('sent');
    expect(server.received).toHaveLength(1);
  });

  test('between the server’s word and the record: the mail comes twice, with one Message-ID, and is recorded once', async () => {
    const other = await openOffice(stage.db, server.url);
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    server.onTaken = async () => {
      server.onTaken = undefined;
      await forgetNode(stage.db, office.nodeId);
      expect(await other.sendOne(id)).toBe('sent');
    };
    expect(await office.sendOne(id)).toBe('fenced');
    expect(server.received.map(({ messageId }) => messageId)).toEqual(Array(2).fill(`<${id}@example.org>`));
    expect(await stage.actionsOf((await stage.mailOf(id)).subject)).toEqual(['mail.sent']);
  });

  test('that is forgetful and lives gives back what it is not at, and the sweep wakes it', async () => {
    const id = await stage.queueReceipt(requestId, 'a@example.org');
    await stage.db
      .update(mails)
      .set({ state: 'sending', epoch: 1, leaseNode: office.nodeId })
      .where(eq(mails.id, id));
    await stage.db.execute(sql`select graphile_worker.remove_job(${`mail:${id}`})`);
    await office.sweep();
    expect(await stateOf(id)).toBe('waiting');
    const jobs = await stage.db.execute(sql`select 1 from graphile_worker.jobs where key = ${`mail:${id}`}`);
    expect(jobs).toHaveLength(1);
  });
});

describe('staff', () => {
  beforeAll(async () => {
    const person = (login: string, email: string | null, disabledAt?: Date) =>
      insertStaff(stage.db, { login, name: login, role: 'staff', email, ...(disabledAt && { disabledAt }) });
    await person('one', 'one@example.org');
    await person('two', 'two@example.org');
    await person('without', null);
    await person('gone', 'gone@example.org', new Date());
  });
  afterAll(() => stage.db.delete(staff));

  const sealed = (subject: string) =>
    raiseNotice(stage.db, {
      level: 'information',
      code: 'submission.sealed',
      subject,
      requestId,
      params: { title: 'Reports', receipt: subject },
    });
  const sendAll = async () => {
    for (const { id } of await stage.db.select().from(mails)) await office.sendOne(id);
  };
  const later = (minutes = 11) =>
    stage.db
      .update(toldNotices)
      .set({ toldAt: sql`${toldNotices.toldAt} - ${minutes} * interval '1 minute'` });

  test('who have an address get one digest of what is new, and in ten minutes no other', async () => {
    await sealed('R-1');
    await sealed('R-2');
    await raiseNotice(stage.db, { level: 'problem', code: 'scan.unavailable', subject: 'scanner' });
    await raiseNotice(stage.db, { level: 'warning', code: 'upload.waiting', subject: 'upl_1' });
    await Promise.all([office.sweep(), office.sweep()]);
    await sendAll();
    expect(server.received.flatMap(({ envelope }) => envelope.to).sort()).toEqual([
      'one@example.org',
      'two@example.org',
    ]);
    for (const { text, subject } of server.received) {
      expect(subject).toBe('Uketori: 3 notices / お知らせ 3件');
      expect(text).toContain('R-1');
      expect(text).toContain('R-2');
      expect(text).toContain(`https://uketori.example.org/staff/requests/${requestId}`);
    }

    await sealed('R-3');
    await office.sweep();
    await sendAll();
    expect(server.received).toHaveLength(2);

    await later();
    await office.sweep();
    await sendAll();
    expect(server.received).toHaveLength(4);
    expect(server.received[3]?.text).toContain('R-3');
    expect(server.received[3]?.text).not.toContain('R-1');
  });

  const recipients = async () =>
    (await stage.db.select().from(mails)).map(({ recipient }) => recipient).sort();

  test('are told only what is of their teams, and administrators everything', async () => {
    const [team] = await stage.db.insert(teams).values({ name: 'Elsewhere' }).returning();
    if (team === undefined) throw new Error('no team');
    const person = (login: string, role: 'staff' | 'administrator') =>
      insertStaff(stage.db, { login, name: login, role, email: `${login}@example.org` }, [team.id]);
    await person('far', 'staff');
    await person('admin', 'administrator');
    await sealed('R-team');
    await office.sweep();
    expect(await recipients()).toEqual(['admin@example.org', 'one@example.org', 'two@example.org']);
    // What is about the whole installation is told to all.
    await later();
    await raiseNotice(stage.db, { level: 'problem', code: 'scan.unavailable', subject: 'again' });
    await office.sweep();
    expect(await recipients()).toContain('far@example.org');
    await stage.db.delete(staff).where(inArray(staff.login, ['far', 'admin']));
  });

  test('are told once a day or not at all where they want it so', async () => {
    await stage.db.update(staff).set({ mailing: 'daily' }).where(eq(staff.login, 'one'));
    await stage.db.update(staff).set({ mailing: 'none' }).where(eq(staff.login, 'two'));
    await sealed('R-daily');
    await office.sweep();
    expect(await recipients()).toEqual(['one@example.org']);
    await later();
    await sealed('R-next');
    await office.sweep();
    expect(await recipients()).toEqual(['one@example.org']);
    await later(24 * 60);
    await office.sweep();
    expect(await recipients()).toEqual(['one@example.org', 'one@example.org']);
    await stage.db.update(staff).set({ mailing: 'each' });
  });

  test('are not told by mail that mail fails, nor what happened two days ago', async () => {
    await raiseNotice(stage.db, { level: 'problem', code: 'mail.failing', subject: 'smtp' });
    await sealed('R-old');
    await stage.db
      .update(notices)
      .set({ firstSeenAt: sql`now() - interval '49 hours'` })
      .where(eq(notices.subject, 'R-old'));
    await office.sweep();
    expect(await stage.db.select().from(mails)).toEqual([]);
  });
});

test('mails that ended a month ago are forgotten', async () => {
  const [old, waiting] = [
    await stage.queueReceipt(requestId, 'a@example.org'),
    await stage.queueReceipt(requestId, 'b@example.org'),
  ];
  await office.sendOne(old);
  await stage.db.update(mails).set({ createdAt: sql`now() - interval '31 days'` });
  await office.sweep();
  expect((await stage.db.select().from(mails)).map(({ id }) => id)).toEqual([waiting]);
});
