import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Call, Http } from './http.ts';
import { callOcs } from './ocs.ts';
import type { Nextcloud, Theming } from './types.ts';

/** How the server presents itself. Asked by nobody: signed in, the colour is the account's own (measured on 32.0.1). */
export function createTheming(http: Http): Pick<Nextcloud, 'theming' | 'logo'> {
  return {
    async theming(options) {
      const call = { method: 'GET', path: '/cloud/capabilities', auth: 'none' } as const;
      const { capabilities } = await callOcs(http, { ...call, signal: options?.signal }, told);
      return themingOf(http, capabilities.theming);
    },
    async logo(path, options) {
      const call: Call = { method: 'GET', path, auth: 'none', signal: options.signal };
      const { body } = await http.stream(call, (status) => status === 200);
      return readAtMost(body, options.maxBytes);
    },
  };
}

const text = z.string().catch('');
const theme = z.object({ name: text, productName: text, color: text, logo: text });
const nothing = { name: '', productName: '', color: '', logo: '' };
const told = z.object({
  capabilities: z.object({ theming: theme.catch(nothing) }).catch({ theming: nothing }),
});

/** Nextcloud's own, from version 28 on and before. */
const stockColors: readonly string[] = ['#00679e', '#0082c9'];
const stockLogo = '/core/img/logo/logo.svg';
const longestName = 120;
const longestPath = 500;

const themingOf = (http: Http, said: z.infer<typeof theme>): Theming => {
  const name = lineOf(said.name);
  const color = said.color.toLowerCase();
  const isStockName = name === '' || name === 'Nextcloud' || name === lineOf(said.productName);
  return {
    name: isStockName ? undefined : name,
    color: /^#[0-9a-f]{6}$/.test(color) && !stockColors.includes(color) ? color : undefined,
    logoPath: logoPathOf(http, said.logo),
  };
};

/** In one line, without what can't be seen or turns the direction of writing. */
const lineOf = (said: string): string => {
  const line = said
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .trim();
  const characters = Array.from(line);
  return characters.length > longestName
    ? `${characters
        .slice(0, longestName - 1)
        .join('')
        .trim()}…`
    : line;
};

/** Of the address only the path counts: the logo is asked of the server that is known, whatever host was named. */
const logoPathOf = (http: Http, said: string): string | undefined => {
  if (said === '' || !URL.canParse(said, http.baseUrl)) return undefined;
  const { pathname, search } = new URL(said, http.baseUrl);
  const below = pathname.startsWith(`${http.basePath}/`) ? pathname.slice(http.basePath.length) : pathname;
  const path = `${below}${search}`;
  return below === stockLogo || path.length > longestPath ? undefined : path;
};

/** @returns undefined when there is more */
const readAtMost = async (body: Readable, maxBytes: number): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let readBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    readBytes += chunk.length;
    if (readBytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
