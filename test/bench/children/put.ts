import * as http from 'node:http';
import * as https from 'node:https';
import { type CloudAccount, davOf } from '../cloud.ts';
import { contentsOf, type LoadFile } from '../content.ts';
import { inParallel, serveBench } from './serve.ts';

export interface PutJob {
  account: CloudAccount & { userId: string };
  /** Is there already. */
  folder: string;
  files: LoadFile[];
  atOnce: number;
}

export interface PutTask {
  job: PutJob;
  told: undefined;
  /** How long it took, in ms. */
  result: number;
}

/** Puts files into Nextcloud without a portal: what the portal is compared with. */
serveBench<PutTask>(async ({ account, folder, files, atOnce }) => {
  const dav = davOf(account);
  const { Agent, request } = account.url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true });
  const contents = contentsOf(files);
  const put = async ({ name, sizeBytes }: LoadFile, index: number): Promise<void> => {
    const call = request(dav.at('files', `${folder}/${name}`), {
      agent,
      method: 'PUT',
      headers: {
        authorization: dav.authorization,
        'content-type': 'application/octet-stream',
        'content-length': sizeBytes,
      },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      call.once('error', reject);
      call.once('response', (reply) => {
        reply.once('error', reject);
        reply.once('end', () => resolve(reply.statusCode));
        reply.resume();
      });
    });
    call.end(contents[index]);
    const status = await answered;
    if (status !== 201) throw new Error(`Nextcloud answered a PUT with ${status}`);
  };
  return {
    told: undefined,
    async run() {
      const startedAtMs = performance.now();
      await inParallel(files, atOnce, put);
      return performance.now() - startedAtMs;
    },
  };
});
