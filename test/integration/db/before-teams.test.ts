import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../db/client.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const folder = fileURLToPath(new URL('../../../db/migrations', import.meta.url));
const firstWithTeams = '0015_teams.sql';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let sql: ReturnType<typeof connect>;

const apply = async (name: string): Promise<void> => {
  const statements = await readFile(`${folder}/${name}`, 'utf8');
  for (const statement of statements.split('--> statement-breakpoint')) await sql.unsafe(statement);
};

beforeAll(async () => {
  database = await createTestDatabase();
  sql = connect(database.address, { max: 1, onnotice: () => undefined });
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names.slice(0, names.indexOf(firstWithTeams))) await apply(name);
});

afterAll(async () => {
  await sql.end();
  await database.drop();
});

test('staff, requests and notices from before there were teams belong to one', async () => {
  await sql`insert into staff (id, login, name, role) values ('stf_1', 'admin', 'A', 'administrator'), ('stf_2', 'viewer', 'V', 'viewer')`;
  await sql`insert into accounts (id, base_url, user_name, user_id, app_password_sealed) values ('acc_1', 'http://x', 'u', 'u', 's')`;
  await sql`insert into requests (id, title, account_id, state) values ('req_1', 'Old', 'acc_1', 'open')`;
  await sql`insert into notices (level, code, subject, request_id) values ('warning', 'a', 's1', 'req_1'), ('warning', 'b', 's2', null)`;
  await apply(firstWithTeams);
  const [team, ...others] = await sql<{ id: string }[]>`select id from teams`;
  expect(others).toEqual([]);
  expect(await sql`select staff_id, team_id from team_members order by staff_id`).toEqual([
    { staff_id: 'stf_1', team_id: team?.id },
    { staff_id: 'stf_2', team_id: team?.id },
  ]);
  expect(await sql`select team_id from requests`).toEqual([{ team_id: team?.id }]);
  expect(await sql`select code, team_id from notices order by code`).toEqual([
    { code: 'a', team_id: team?.id },
    { code: 'b', team_id: null },
  ]);
});
