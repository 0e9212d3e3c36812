import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Product } from './product.ts';

/** What Nextcloud mailed to an address, of which nobody but the addressee knows the token. */
export interface MailedPage {
  /**
   * Leaves a file as the page of a file request does. It is no page of ours, so no browser is needed for it.
   * @param nickname which the page asks for
   */
  leave(nickname: string, name: string, content: string): Promise<void>;
}

/** The page that the stand-in has mailed to an address. Throws where there is none. */
export const mailedPage = async (product: Product, address: string): Promise<MailedPage> => {
  const nextcloud = `http://127.0.0.1:${product.port + 1}`;
  const kept = await readFile(join(product.dataDir, 'nextcloud-standin', 'credentials.json'), 'utf8');
  const [user] = JSON.parse(kept) as { id: string; appPassword: string }[];
  if (user === undefined) throw new Error('the stand-in has no account');
  const signIn = Buffer.from(`${user.id}:${user.appPassword}`).toString('base64');
  const reply = await fetch(`${nextcloud}/ocs/v2.php/apps/files_sharing/api/v1/shares`, {
    headers: { authorization: `Basic ${signIn}`, 'ocs-apirequest': 'true', accept: 'application/json' },
  });
  const { ocs } = (await reply.json()) as { ocs: { data: { share_with: string | null; token: string }[] } };
  const share = ocs.data.find(({ share_with: recipient }) => recipient === address);
  if (share === undefined) throw new Error(`nothing was mailed to ${address}`);
  return {
    async leave(nickname, name, content) {
      const { status } = await fetch(
        `${nextcloud}/public.php/dav/files/${share.token}/${encodeURIComponent(name)}`,
        {
          method: 'PUT',
          headers: {
            'x-nc-nickname': encodeURIComponent(nickname),
            'x-requested-with': 'XMLHttpRequest',
          },
          body: content,
        },
      );
      if (status !== 201) throw new Error(`the page in Nextcloud answered ${status}`);
    },
  };
};
