import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The standard harmless test file, in two pieces so that no scanner takes this source for it. */
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

const clamd = '/usr/sbin/clamd';
export const hasClamd = existsSync(clamd);

export interface RunningClamd {
  address: string;
  stop(): Promise<void>;
}

/**
 * A real clamd with one signature of our own, for the EICAR test file: its databases can't be had everywhere.
 * @param maxMiB its limits: StreamMaxLength, MaxFileSize and MaxScanSize
 */
export const startClamd = async (maxMiB = 20): Promise<RunningClamd> => {
  const folder = await mkdtemp(join(tmpdir(), 'uketori-clamd-'));
  await chmod(folder, 0o755);
  const socket = join(folder, 'clamd.sock');
  const signature = Buffer.from(eicar).toString('hex');
  await writeFile(join(folder, 'eicar.ndb'), `Eicar-Test-Signature:0:*:${signature}\n`);
  const settings = [
    `LocalSocket ${socket}`,
    `DatabaseDirectory ${folder}`,
    `TemporaryDirectory ${folder}`,
    'Foreground yes',
    `StreamMaxLength ${maxMiB}M`,
    `MaxFileSize ${maxMiB}M`,
    `MaxScanSize ${maxMiB}M`,
    'AlertExceedsMax yes',
    'SelfCheck 0',
  ];
  await writeFile(join(folder, 'clamd.conf'), `${settings.join('\n')}\n`);
  const child = spawn(clamd, ['--config-file', join(folder, 'clamd.conf')], { stdio: 'ignore' });
  const stop = async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(child, socket);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: socket, stop };
};

const untilListening = async (child: ChildProcess, socket: string): Promise<void> => {
  const endsAt = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`clamd ended with ${child.exitCode}`);
    const heard = await new Promise<boolean>((resolve) => {
      const attempt = connect({ path: socket });
      attempt.once('connect', () => resolve(true)).once('error', () => resolve(false));
      attempt.once('connect', () => attempt.destroy());
    });
    if (heard) return;
    if (Date.now() > endsAt) throw new Error('clamd does not listen');
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
};
