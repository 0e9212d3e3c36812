import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fingerprintOf } from '../../../../server/importer/destinations/sftp/connect.ts';
import { newKeyPair } from '../../../standins/sftp/keys.ts';

const sshdPath = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'].find((path) => existsSync(path));

/** @returns why the tests of SFTP can't run here; undefined: they can. Where `CI` is set they must. */
export const withoutSshd = (): string | undefined => {
  if (sshdPath !== undefined || (process.env['CI'] ?? '') !== '') return undefined;
  return 'SKIPPED: there is no sshd here, which the tests of SFTP deliver to (Debian: openssh-server)';
};

/** What the line to the server does with the next connections. */
export type LineFault =
  /** Closes the next connection before the server has said a word, as it does when there are too many. */
  | 'refuse'
  /** Breaks when so much has been sent. */
  | 'break'
  /** Hands on what is sent, but loses what the server says from then on, and breaks. */
  | 'lose-answers'
  /** The same, without an end. */
  | 'fall-silent';

/** OpenSSH's own server, one process a connection, with a line in front of it that can be made to fail. */
export interface Sshd {
  port: number;
  hostKey: string;
  user: string;
  privateKey: string;
  fault: LineFault | undefined;
  connections: number;
  close(): Promise<void>;
}

/** So much of a file has been sent when a fault of the line strikes: more than signing in and looking take. */
const faultAfterBytes = 100_000;

export interface SshdOptions {
  /** Requests of SFTP that the server refuses and doesn't offer, as `sftp-server -P` names them. */
  refused?: string[];
  /** Offers SFTP in another way, or not at all. */
  subsystem?: string;
}

export const startSshd = async ({ refused = [], subsystem }: SshdOptions = {}): Promise<Sshd> => {
  const home = await mkdtemp(join(tmpdir(), 'uketori-sshd-'));
  const hostKeys = newKeyPair();
  const userKeys = newKeyPair();
  const sftp = subsystem ?? `internal-sftp${refused.length === 0 ? '' : ` -P ${refused.join(',')}`}`;
  const lines = [
    `HostKey ${join(home, 'host_key')}`,
    `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    `Subsystem sftp ${sftp}`,
  ];
  await writeFile(join(home, 'sshd_config'), `${lines.join('\n')}\n`);
  await writeFile(join(home, 'host_key'), hostKeys.private, { mode: 0o600 });
  await writeFile(join(home, 'authorized_keys'), `${userKeys.public}\n`);
  await chmod(home, 0o755);
  // Where it gives up its rights; only root needs it.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  execFileSync(sshdPath ?? 'sshd', ['-t', '-f', join(home, 'sshd_config')]);

  const children = new Set<ChildProcess>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sshd.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (sshd.fault === 'refuse') {
      sshd.fault = undefined;
      socket.destroy();
      return;
    }
    const child = spawn(sshdPath ?? 'sshd', ['-i', '-f', join(home, 'sshd_config')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    children.add(child);
    child.on('exit', () => children.delete(child));
    joinLine(sshd, socket, child);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sshd: Sshd = {
    port: (server.address() as AddressInfo).port,
    hostKey: fingerprintOf(hostKeys.wire),
    user: userInfo().username,
    privateKey: userKeys.private,
    fault: undefined,
    connections: 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      const ended = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.stdin?.destroy();
      await Promise.all(ended);
      await new Promise((resolve) => server.close(resolve));
      await rm(home, { recursive: true, force: true });
    },
  };
  return sshd;
};

const joinLine = (sshd: Sshd, socket: Socket, { stdin, stdout }: ChildProcess): void => {
  if (stdin === null || stdout === null) throw new Error('no pipes');
  let sentBytes = 0;
  let struck: LineFault | undefined;
  stdin.on('error', () => undefined);
  socket.on('data', (chunk) => {
    sentBytes += chunk.length;
    if (struck === undefined && sentBytes > faultAfterBytes && sshd.fault !== undefined) {
      struck = sshd.fault;
      sshd.fault = undefined;
    }
    if (struck === 'break') socket.destroy();
    else if (!stdin.write(chunk)) {
      socket.pause();
      stdin.once('drain', () => socket.resume());
    }
  });
  socket.on('close', () => stdin.end());
  stdout.on('data', (chunk: Buffer) => {
    if (struck === 'lose-answers') socket.destroy();
    if (struck !== undefined) return;
    if (!socket.write(chunk)) {
      stdout.pause();
      socket.once('drain', () => stdout.resume());
    }
  });
  stdout.on('end', () => socket.end());
};
