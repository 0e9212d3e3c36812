import { index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { at, createdAt, id } from './columns.ts';
import type { PasswordTicketPurpose } from './people.ts';

/**
 * `receipt`: to a submitter, about a sealed submission. `digest`: to staff, about notices. `invitation` and `reset`: to one
 * of them, with a link to set a password.
 */
export type MailKind = 'receipt' | 'digest' | PasswordTicketPurpose;

/** `withheld`: its mailbox has had enough for now; it is never sent. */
export type MailState = 'waiting' | 'sending' | 'sent' | 'given-up' | 'withheld';

/** A mail on its way: only what it is about and to whom; its words are made when it is sent. */
export const mails = pgTable(
  'mails',
  {
    id: id('mai'),
    kind: text('kind').$type<MailKind>().notNull(),
    /** The submission, the digest that notices name, or the ticket. */
    subject: text('subject').notNull(),
    requestId: text('request_id'),
    recipient: text('recipient').notNull(),
    /** Whose mailbox that is: in lower case and without `+…`. What is sent to it is counted by this. */
    mailbox: text('mailbox').notNull(),
    /** Null: in every language that we have. */
    language: text('language').$type<'en' | 'ja'>(),
    state: text('state').$type<MailState>().notNull().default('waiting'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: at('next_attempt_at').notNull().defaultNow(),
    /** By this it is counted: so many an hour to a mailbox, and for a request. */
    firstAttemptAt: at('first_attempt_at'),
    /** Goes up with every claim. What carries an older one changes nothing. */
    epoch: integer('epoch').notNull().default(0),
    /** The node that sends it, as long as its heart beats. */
    leaseNode: text('lease_node'),
    /** Why the last attempt failed. */
    failureCode: text('failure_code'),
    createdAt: createdAt(),
    sentAt: at('sent_at'),
  },
  (table) => [
    uniqueIndex('mails_once').on(table.kind, table.subject, table.recipient),
    index().on(table.state, table.nextAttemptAt),
    index().on(table.mailbox, table.firstAttemptAt),
    index().on(table.requestId, table.firstAttemptAt),
  ],
);
