import { sql } from 'drizzle-orm';
import { bigint, customType, text, timestamp } from 'drizzle-orm/pg-core';

/** `req_2f1c…`: names its kind, then 122 random bits, drawn by the database. */
export const id = (prefix: string) =>
  text('id')
    .primaryKey()
    .default(sql.raw(`'${prefix}_' || replace(gen_random_uuid()::text, '-', '')`));

/** A moment, with its zone, as the database's clock knows it. */
export const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A number of bytes: exact up to 8 PiB, where JavaScript's whole numbers end. */
export const bytes = (name: string) => bigint(name, { mode: 'number' });

/** Bytes as they are, where they are few, or must not lie in Nextcloud. Never part of a row that is listed. */
export const binary = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** Nextcloud's own number for a file or folder: it survives renames and moves. */
export const nextcloudFileId = (name: string) => bigint(name, { mode: 'number' });

/** Sealed with the key of this installation (`server/lib/sealing.ts`): unreadable in a dump of the database. */
export const sealed = (name: string) => text(name);

export const createdAt = () => at('created_at').notNull().defaultNow();
