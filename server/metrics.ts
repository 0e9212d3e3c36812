import { createServer } from 'node:http';
import { sql } from 'drizzle-orm';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../db/client.ts';
import type { Log } from './lib/log.ts';

/** What one process measures, in Prometheus' form. Counters are this process's; what the database knows is everybody's. */
export interface Metrics {
  /** One answer of Nextcloud's; status 0: none came. */
  nextcloudAnswered(call: { method: string; status: number; seconds: number }): void;
  /** One attempt to send a mail. */
  mailDone(kind: string, outcome: string): void;
  /** One attempt to tell somebody a notice at Nextcloud. */
  notificationDone(outcome: string): void;
  /** How many bytes of uploads are held in memory is asked there from now on. */
  holdsUploadBytes(read: () => number): void;
  /** The exposition, and its content type. @throws what the database throws */
  expose(db: Database): Promise<{ text: string; contentType: string }>;
}

interface Counted {
  kind: string;
  label: string;
  state: string;
  count: number;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'uketori_' });
  const registers = [registry];
  const answers = new Counter({
    name: 'uketori_nextcloud_requests_total',
    help: 'Requests to Nextcloud by this process; status 0: no answer came.',
    labelNames: ['method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'uketori_nextcloud_request_seconds',
    help: 'How long Nextcloud took to answer, sending included.',
    labelNames: ['method'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  const mails = new Counter({
    name: 'uketori_mail_attempts_total',
    help: 'Attempts of this process to send a mail, by what it is and what became of it.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const notifications = new Counter({
    name: 'uketori_notification_attempts_total',
    help: 'Attempts of this process to tell somebody a notice at Nextcloud, by what became of it.',
    labelNames: ['outcome'],
    registers,
  });
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `uketori_${name}`, help, labelNames, registers });
  const uploads = gauge('uploads', 'Uploads by state.', ['state']);
  const parts = gauge('upload_parts', 'Parts of uploads that are not stored yet.');
  const pending = gauge('upload_pending_bytes', 'Bytes that are in Nextcloud and not stored yet.');
  const held = gauge('upload_memory_bytes', 'Bytes of uploads that this process holds in memory.');
  let readHeld = () => 0;
  const deliveries = gauge('deliveries', 'Deliveries by destination and state.', ['destination', 'state']);
  const lag = gauge('delivery_lag_seconds', 'How long the longest overdue delivery has been due.');
  const failures = gauge('destination_failures', 'Failed attempts of the last day.', ['destination', 'code']);
  const resting = gauge('destination_resting', '1 while a destination is paused or left alone.', [
    'destination',
  ]);
  const jobs = gauge('jobs', 'Jobs that wait to be run, by task.', ['task']);
  const notices = gauge('notices', 'What staff must be told and nobody has settled.', ['level']);

  const collect = async (db: Database): Promise<void> => {
    for (const each of [uploads, deliveries, failures, resting, jobs, notices]) each.reset();
    for (const { kind, label, state, count } of await countAll(db)) {
      if (kind === 'upload') uploads.set({ state }, count);
      else if (kind === 'delivery') deliveries.set({ destination: label, state }, count);
      else if (kind === 'failure') failures.set({ destination: label, code: state }, count);
      else if (kind === 'resting') resting.set({ destination: label }, count);
      else if (kind === 'job') jobs.set({ task: label }, count);
      else if (kind === 'notice') notices.set({ level: label }, count);
      else if (kind === 'parts') parts.set(count);
      else if (kind === 'pending') pending.set(count);
      else lag.set(count);
    }
  };

  return {
    nextcloudAnswered({ method, status, seconds: took }) {
      answers.inc({ method, status: String(status) });
      seconds.observe({ method }, took);
    },
    mailDone(kind, outcome) {
      mails.inc({ kind, outcome });
    },
    notificationDone(outcome) {
      notifications.inc({ outcome });
    },
    holdsUploadBytes(read) {
      readHeld = read;
    },
    async expose(db) {
      held.set(readHeld());
      await collect(db);
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
};

const countAll = (db: Database): Promise<Counted[]> =>
  db.execute<Counted & Record<string, unknown>>(sql`
    select 'upload' as kind, '' as label, state, count(*)::float8 as count from uploads
      where state <> 'stored' or updated_at > now() - interval '1 day' group by state
    union all select 'parts', '', '', count(*)::float8 from parts p join uploads u on u.id = p.upload_id
      where u.state in ('uploading', 'received')
    union all select 'pending', '', '', coalesce(sum(offset_bytes), 0)::float8 from uploads where state in ('uploading', 'received')
    union all select 'delivery', d.name, v.state, count(*)::float8 from deliveries v join destinations d on d.id = v.destination_id
      group by d.name, v.state
    union all select 'failure', d.name, a.failure_code, count(*)::float8 from delivery_attempts a
      join deliveries v on v.id = a.delivery_id join destinations d on d.id = v.destination_id
      where a.failure_code is not null and a.started_at > now() - interval '1 day' group by d.name, a.failure_code
    union all select 'resting', name, '', case when paused_at is not null or rests_until > now() then 1 else 0 end
      from destinations where removed_at is null
    union all select 'job', task_identifier, '', count(*)::float8 from graphile_worker.jobs
      where run_at <= now() group by task_identifier
    union all select 'notice', level, '', count(*)::float8 from notices where resolved_at is null group by level
    union all select 'lag', '', '', coalesce(extract(epoch from now() - min(v.not_before)), 0)::float8 from deliveries v
      join destinations d on d.id = v.destination_id
      where v.state = 'waiting' and v.not_before < now() and d.paused_at is null`);

/** Serves a process's metrics on a port of its own, for a network that only the monitoring sees. @returns how to stop */
export const listenForMetrics = async (
  metrics: Metrics,
  db: Database,
  { host, port, log }: { host: string; port: number; log: Log },
): Promise<() => Promise<void>> => {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.expose(db).then(
      ({ text, contentType }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      (error: unknown) => {
        log.warn({ err: error }, 'metrics could not be collected');
        response.writeHead(503).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
};
