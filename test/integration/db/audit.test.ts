import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../../../db/client.ts';
import { migrateDatabase } from '../../../db/migrate.ts';
import { createTestDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** As the portal: by the role that owns the tables. */
let sql: ReturnType<typeof connect>;

beforeAll(async () => {
  database = await createTestDatabase(migrateDatabase);
  sql = connect(database.address, { max: 1, onnotice: () => undefined });
});
beforeEach(async () => {
  await sql`insert into audit_events (actor, action, subject) values ('staff:stf_1', 'session.begun', 'stf_1')`;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

const lines = () => sql`select * from audit_events order by id`;

test('a line of the audit log is added, even by the owner of the table', async () => {
  const [owner] = await sql<{ owns: boolean }[]>`
    select tableowner = current_user as owns from pg_tables where tablename = 'audit_events'`;
  expect(owner?.owns).toBe(true);
  const before = await lines();
  await sql`insert into audit_events (actor, action, subject) values ('system', 'mail.sent', 'stf_1')`;
  expect(await lines()).toHaveLength(before.length + 1);
});

test.each([
  "update audit_events set actor = 'system'",
  'update audit_events set at = now() where false',
  'delete from audit_events',
  'truncate audit_events',
  'truncate audit_events restart identity cascade',
  `insert into audit_events overriding system value select * from audit_events
     on conflict (id) do update set actor = 'system'`,
  `merge into audit_events using (select 1) as one (n) on true when matched then delete`,
  `with gone as (delete from audit_events returning *) select * from gone`,
])('none is changed or removed by: %s', async (statement) => {
  const before = await lines();
  await expect(sql.unsafe(statement)).rejects.toThrow('audit events are only ever added');
  expect(await lines()).toEqual(before);
});
