import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { type CloudAccount, davOf } from '../cloud.ts';
import { serveBench } from './serve.ts';

export interface RcloneJob {
  account: CloudAccount & { userId: string };
  /** In Nextcloud. */
  folder: string;
  /** On this machine; it is made. */
  target: string;
}

export interface RcloneTask {
  job: RcloneJob;
  told: undefined;
  /** How long it took, in ms. */
  result: number;
}

/** As in rclone's own configuration file: only so is it taken. */
const obscured = async (password: string): Promise<string> => {
  const obscuring = promisify(execFile)('rclone', ['obscure', '-']);
  obscuring.child.stdin?.end(password);
  return (await obscuring).stdout.trim();
};

/** Copies a folder out of Nextcloud with rclone: what an import is compared with. Nothing is read from its user's settings. */
serveBench<RcloneTask>(async ({ account, folder, target }) => {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    RCLONE_CONFIG_CLOUD_TYPE: 'webdav',
    RCLONE_CONFIG_CLOUD_VENDOR: 'nextcloud',
    RCLONE_CONFIG_CLOUD_URL: davOf(account).at('files', ''),
    RCLONE_CONFIG_CLOUD_USER: account.user,
    RCLONE_CONFIG_CLOUD_PASS: await obscured(account.appPassword),
  };
  return {
    told: undefined,
    async run() {
      const startedAtMs = performance.now();
      const copying = spawn('rclone', ['copy', '--config=', '--transfers=4', `cloud:${folder}`, target], {
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const [code] = (await once(copying, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`rclone ended with ${code}`);
      return performance.now() - startedAtMs;
    },
  };
});
