import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { runMigrations } from 'graphile-worker';
import { Pool } from 'pg';
import { connect, type PostgresAddress } from './client.ts';
import { connectionTo } from './embedded/connection.ts';

/** One number for the advisory lock that lets one process migrate at a time. */
const migrationLock = 7_081_511;

/** Brings our tables and those of the job queue up to date. Safe to run from many nodes at once. */
export const migrateDatabase = async (address: PostgresAddress): Promise<void> => {
  const sql = connect(address, { max: 1, onnotice: () => undefined });
  try {
    await sql`select pg_advisory_lock(${migrationLock})`;
    await migrate(drizzle(sql), {
      migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
    });
    const pool = openJobPool(address, 2);
    try {
      await runMigrations({ pgPool: pool });
    } finally {
      await pool.end();
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
};

/** graphile-worker speaks through a `pg` pool of its own. */
export const openJobPool = (address: PostgresAddress, connections = 5): Pool => {
  const pool = new Pool({
    connectionString:
      'socketDir' in address ? connectionTo(address.socketDir, address.database).url : address.url,
    max: connections,
  });
  // A server that goes away is reported here too; without a listener that would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
};
