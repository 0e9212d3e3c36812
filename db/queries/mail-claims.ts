import { and, eq, exists, gt, notInArray, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.ts';
import type { AuditAction } from '../schema/index.ts';
import { mails, nodes, submissions } from '../schema/index.ts';
import { recordAudit } from './audit.ts';
import { wake } from './jobs.ts';
import { isMailDue, type MailRow } from './mails.ts';
import { raiseNotice, resolveNotices } from './notices.ts';

/** A mail that this node may send until another claims it: every write names the epoch. */
export interface MailClaim {
  id: string;
  epoch: number;
}

/** Receipts that are tried for the first time. Above: a mailbox gets none at all, a request's wait. */
export interface ReceiptLimits {
  mailboxPerHour: number;
  mailboxPerDay: number;
  requestPerHour: number;
}

/** Staff are told under these when a mail is given up (its subject is the mail), and while the server takes none. */
export const givenUpNotice = 'mail.given-up';
export const failingNotice = 'mail.failing';
const failingSubject = 'smtp';

/**
 * Takes a due mail for this node. The lease holds as long as the node's heart beats (database time).
 * @returns undefined when it is not due, is held by a living node, is done, or there were too many
 */
export const claimMail = (
  db: Database,
  mailId: string,
  nodeId: string,
  limits: ReceiptLimits,
): Promise<MailRow | undefined> =>
  db.transaction(async (tx) => {
    const isAlive = exists(
      tx
        .select({ one: sql`1` })
        .from(nodes)
        .where(and(eq(nodes.id, nodeId), gt(nodes.aliveUntil, sql`now()`))),
    );
    const [row] = await tx
      .update(mails)
      .set({
        state: 'sending',
        epoch: sql`${mails.epoch} + 1`,
        attempts: sql`${mails.attempts} + 1`,
        leaseNode: nodeId,
      })
      .where(and(eq(mails.id, mailId), isMailDue, isAlive))
      .returning();
    if (row === undefined || row.firstAttemptAt !== null) return row;
    if (row.kind === 'receipt' && (await isHeldBack(tx, row, limits))) return undefined;
    await tx.update(mails).set({ firstAttemptAt: sql`now()` }).where(eq(mails.id, mailId));
    return row;
  });

/** The first try of a receipt: what is too much for its mailbox is never sent, what is too much for its request waits. */
const isHeldBack = async (tx: Queryable, row: MailRow, limits: ReceiptLimits): Promise<boolean> => {
  // Two nodes that claim for one mailbox, or one request, count one after the other; always in this order.
  for (const key of [`request ${row.requestId}`, `mailbox ${row.mailbox}`])
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
  const inLast = async (column: typeof mails.mailbox | typeof mails.requestId, hours: number) => {
    const [counted] = await tx
      .select({ count: sql<number>`count(*)::int` })
      .from(mails)
      .where(
        and(
          sql`${column} = ${column === mails.mailbox ? row.mailbox : row.requestId}`,
          eq(mails.kind, 'receipt'),
          gt(mails.firstAttemptAt, sql`now() - ${hours} * interval '1 hour'`),
        ),
      );
    return counted?.count ?? 0;
  };
  if (
    (await inLast(mails.mailbox, 1)) >= limits.mailboxPerHour ||
    (await inLast(mails.mailbox, 24)) >= limits.mailboxPerDay
  ) {
    await tx.update(mails).set({ state: 'withheld', leaseNode: null }).where(eq(mails.id, row.id));
    await audit(tx, row, 'mail.withheld');
    return true;
  }
  if ((await inLast(mails.requestId, 1)) < limits.requestPerHour) return false;
  const [waiting] = await tx
    .update(mails)
    .set({
      state: 'waiting',
      leaseNode: null,
      attempts: 0,
      // Spread, so that a thousand don't come back in the same minute.
      nextAttemptAt: sql`now() + (5 + random() * 10) * interval '1 minute'`,
    })
    .where(eq(mails.id, row.id))
    .returning();
  if (waiting !== undefined) await wake(tx, 'mail', row.id, waiting.nextAttemptAt);
  return true;
};

const setClaimed = async (
  tx: Queryable,
  claim: MailClaim,
  values: Parameters<ReturnType<Queryable['update']>['set']>[0],
): Promise<MailRow | undefined> => {
  const [row] = await tx
    .update(mails)
    .set({ ...values, leaseNode: null })
    .where(and(eq(mails.id, claim.id), eq(mails.epoch, claim.epoch), eq(mails.state, 'sending')))
    .returning();
  return row;
};

/** The server has taken it. @returns false when the claim is stale: nothing was changed */
export const recordSent = (db: Database, claim: MailClaim): Promise<boolean> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, { state: 'sent', failureCode: null, sentAt: sql`now()` });
    if (row === undefined) return false;
    await resolveNotices(tx, failingNotice, failingSubject);
    await audit(tx, row, 'mail.sent');
    return true;
  });

export interface MailFailure {
  code: string;
  /** It is the server that fails, and the next mail would meet the same. */
  ofServer: boolean;
}

/** @returns when it is tried again; undefined when the claim is stale: nothing was changed */
export const recordMailRetry = (
  db: Database,
  claim: MailClaim,
  failure: MailFailure,
  options: { delayMs: number; tellStaff: boolean },
): Promise<Date | undefined> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, {
      state: 'waiting',
      failureCode: failure.code,
      nextAttemptAt: sql`date_trunc('milliseconds', now() + ${options.delayMs} * interval '1 millisecond')`,
    });
    if (row === undefined) return undefined;
    await wake(tx, 'mail', row.id, row.nextAttemptAt);
    if (options.tellStaff)
      await raiseNotice(tx, {
        level: 'problem',
        code: failingNotice,
        subject: failingSubject,
        params: { reason: failure.code },
      });
    return row.nextAttemptAt;
  });

/** It is not tried any more, and staff are told. @returns false when the claim is stale: nothing was changed */
export const recordGivenUp = (db: Database, claim: MailClaim, failure: MailFailure): Promise<boolean> =>
  db.transaction(async (tx) => {
    const row = await setClaimed(tx, claim, { state: 'given-up', failureCode: failure.code });
    if (row === undefined) return false;
    const [about] = await tx
      .select({ receipt: submissions.receiptNumber })
      .from(submissions)
      .where(and(eq(submissions.id, row.subject), sql`${row.kind} = 'receipt'`));
    await raiseNotice(tx, {
      // A mistyped address is nobody's fault here; that nothing was taken for days is.
      level: failure.code === 'mail.refused' ? 'information' : 'warning',
      code: givenUpNotice,
      subject: row.id,
      requestId: row.requestId ?? undefined,
      params: {
        reason: failure.code,
        ...(about === undefined ? { address: row.recipient } : { receipt: about.receipt }),
      },
    });
    await audit(tx, row, 'mail.given-up', { reason: failure.code });
    return true;
  });

/**
 * Gives back what this node holds and is not at: a claim whose record was lost.
 * @param activeIds what it is at
 */
export const releaseForgottenMails = async (
  tx: Queryable,
  nodeId: string,
  activeIds: readonly string[],
): Promise<void> => {
  await tx
    .update(mails)
    .set({ state: 'waiting', leaseNode: null })
    .where(
      and(
        eq(mails.state, 'sending'),
        eq(mails.leaseNode, nodeId),
        activeIds.length === 0 ? undefined : notInArray(mails.id, [...activeIds]),
      ),
    );
};

/** Without the address: the audit log is never thinned out. */
const audit = (tx: Queryable, row: MailRow, action: AuditAction, details: Record<string, unknown> = {}) =>
  recordAudit(tx, {
    actor: 'system',
    action,
    subject: row.subject,
    details: { ...details, mail: row.id, kind: row.kind, attempts: row.attempts },
  });
