import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { type Database, openDatabase } from '../../../db/client.ts';
import { migrateDatabase } from '../../../db/migrate.ts';
import { queueMail } from '../../../db/queries/mails.ts';
import { beat } from '../../../db/queries/nodes.ts';
import { listTeams } from '../../../db/queries/teams.ts';
import { accounts, auditEvents, mails, notices, requests, submissions } from '../../../db/schema/index.ts';
import { silentLog } from '../../../server/lib/log.ts';
import { createSealing } from '../../../server/lib/sealing.ts';
import { createMailer } from '../../../server/mail/mailer.ts';
import { createPost, type MailOutcome, type PostLimits } from '../../../server/mail/post.ts';
import { createTestDatabase } from '../../support/postgres.ts';

/** A database for one test file. */
export const openStage = async () => {
  const database = await createTestDatabase(migrateDatabase);
  const db = openDatabase(database.address);
  const only = <T>(rows: T[]): T => {
    const [row] = rows;
    if (row === undefined) throw new Error('no row');
    return row;
  };
  const account = only(
    await db
      .insert(accounts)
      .values({ baseUrl: 'http://127.0.0.1', user: 'u', userId: 'u', appPasswordSealed: 'x' })
      .returning(),
  );
  const team = only((await listTeams(db)).slice(0, 1));
  return {
    db,
    async newRequest(title = 'Reports') {
      return only(
        await db.insert(requests).values({ title, teamId: team.id, accountId: account.id }).returning(),
      ).id;
    },
    /** A sealed submission whose receipt waits to be mailed. @returns the mail's id */
    async queueReceipt(requestId: string, recipient: string, language: 'en' | 'ja' = 'en') {
      const number = `261122-${randomBytes(4).toString('hex')}`;
      const receipt = {
        number,
        request: { title: 'Reports' },
        sealedAt: '2026-11-22T08:00:00.000Z',
        late: false,
        finishedBySubmitter: true,
        files: [{ sizeBytes: 5 }],
      };
      const submission = only(
        await db
          .insert(submissions)
          .values({
            requestId,
            state: 'sealed',
            receiptNumber: number,
            credentialHash: number,
            folderName: number,
            receiptText: JSON.stringify(receipt),
          })
          .returning(),
      );
      const mail = { kind: 'receipt' as const, subject: submission.id, requestId, recipient, language };
      await queueMail(db, mail);
      await queueMail(db, mail);
      return only(await db.select().from(mails).where(eq(mails.subject, submission.id))).id;
    },
    mailOf: async (mailId: string) => only(await db.select().from(mails).where(eq(mails.id, mailId))),
    noticesOf: (code: string) => db.select().from(notices).where(eq(notices.code, code)),
    actionsOf: async (subject: string) =>
      (await db.select().from(auditEvents).where(eq(auditEvents.subject, subject))).map(
        ({ action }) => action,
      ),
    async close() {
      await db.close();
      await database.drop();
    },
  };
};

export interface Office {
  nodeId: string;
  outcomes: MailOutcome[];
  sendOne(mailId: string): Promise<MailOutcome>;
  sweep(): Promise<void>;
}

/** A node that sends; what fails is due again at once. */
export const openOffice = async (
  db: Database,
  server: URL,
  limits: Partial<PostLimits> = {},
): Promise<Office> => {
  const nodeId = `nod_${randomBytes(8).toString('hex')}`;
  await beat(db, nodeId, 'portal');
  const outcomes: MailOutcome[] = [];
  const post = createPost({
    db,
    nodeId,
    mailer: createMailer({ server, from: { name: '受取', address: 'uketori@example.org' } }),
    publicUrl: new URL('https://uketori.example.org'),
    sealing: createSealing(randomBytes(32)),
    zone: 'Asia/Tokyo',
    log: silentLog,
    onOutcome: (_kind, outcome) => void outcomes.push(outcome),
    limits: { leastMs: 0, mostMs: 0, ...limits },
  });
  return { ...post, nodeId, outcomes };
};
