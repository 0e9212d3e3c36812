import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, until } from '../../../support/processes.ts';

const run = promisify(execFile);
const programs = ['monmaptool', 'ceph-mon', 'ceph-osd', 'ceph', 'radosgw', 'radosgw-admin'];

/** @returns why nothing can be delivered to Ceph here; undefined: it can. Where `CI` is set it must. */
export const withoutCeph = (): string | undefined => {
  if ((process.env['CI'] ?? '') !== '' || programs.every((name) => existsSync(`/usr/bin/${name}`)))
    return undefined;
  return 'SKIPPED: there is no Ceph here, whose S3 is delivered to (Debian: ceph-mon ceph-osd radosgw)';
};

/** Ceph's object gateway, which speaks S3. */
export interface Ceph {
  url: string;
  account: { accessKeyId: string; secretAccessKey: string };
  stop(): Promise<void>;
}

/** One node that keeps everything in memory and in a temporary folder, and whose parts trust each other. */
export const startCeph = async (): Promise<Ceph> => {
  const home = await mkdtemp(join(tmpdir(), 'uketori-ceph-'));
  const fsid = randomUUID();
  const osd = randomUUID();
  const monPort = await freePorts();
  const port = await freePorts();
  const monitor = `[v2:127.0.0.1:${monPort},v1:127.0.0.1:${monPort + 1}]`;
  const conf = join(home, 'ceph.conf');
  await mkdir(join(home, 'mon'));
  await mkdir(join(home, 'osd'));
  await writeFile(conf, `[global]\n${settings(home, fsid, monitor, port).join('\n')}\n`);
  const children: ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    const child = spawn(program, ['-c', conf, '-f', ...args], { stdio: 'ignore' });
    children.push(child);
  };
  const stop = async () => {
    const alive = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ended = alive.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of alive) child.kill('SIGKILL');
    await Promise.all(ended);
    await rm(home, { recursive: true, force: true });
  };
  try {
    await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, join(home, 'monmap')]);
    await run('ceph-mon', ['-c', conf, '-i', 'a', '--mkfs', '--monmap', join(home, 'monmap')]);
    start('ceph-mon', '-i', 'a');
    await run('ceph', ['-c', conf, '--connect-timeout', '30', 'osd', 'new', osd]);
    await run('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osd]);
    start('ceph-osd', '-i', '0');
    start('radosgw', '-n', 'client.admin');
    const url = `http://127.0.0.1:${port}`;
    await until('the gateway of Ceph', 60_000, () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const account = { accessKeyId: 'AKIAOFCEPH', secretAccessKey: 'secret-of-the-account-in-ceph' };
    const keys = [`--access-key=${account.accessKeyId}`, `--secret-key=${account.secretAccessKey}`];
    await run('radosgw-admin', ['-c', conf, 'user', 'create', '--uid=test', '--display-name=test', ...keys]);
    return { url, account, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const settings = (home: string, fsid: string, monitor: string, port: number): string[] => [
  `fsid = ${fsid}`,
  'mon initial members = a',
  `mon host = ${monitor}`,
  `mon data = ${join(home, 'mon')}`,
  `osd data = ${join(home, 'osd')}`,
  `rgw data = ${home}`,
  `run dir = ${home}`,
  'admin socket =',
  'log file = /dev/null',
  ...['cluster', 'service', 'client'].map((part) => `auth ${part} required = none`),
  // The gateway asks its monitor for "secure" otherwise, which needs a sign-in.
  'ms mon client mode = crc',
  'mon data avail crit = 1',
  'osd objectstore = memstore',
  `memstore device bytes = ${4 * 1024 ** 3}`,
  'osd crush chooseleaf type = 0',
  'osd pool default size = 1',
  'osd pool default min size = 1',
  'mon allow pool size one = true',
  'osd pool default pg num = 4',
  'osd pool default pg autoscale mode = off',
  // What is deleted leaves the memory at once.
  'rgw gc obj min wait = 1',
  'rgw gc processor period = 2',
  `rgw frontends = beast endpoint=127.0.0.1:${port}`,
];
