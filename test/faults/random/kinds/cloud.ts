import type { CloudAction, CloudRule } from '../cloud-proxy.ts';
import type { Dice } from '../dice.ts';
import type { FaultKind } from './kind.ts';

/** Which requests to Nextcloud. */
const scopes: { words: string; method?: string; path?: RegExp }[] = [
  { words: 'parts', method: 'PUT', path: /\/dav\/uploads\// },
  { words: 'whole files', method: 'PUT', path: /\/dav\/files\// },
  { words: 'assemblies', method: 'COPY' },
  { words: 'looks', method: 'PROPFIND' },
  { words: 'readings', method: 'GET', path: /\/dav\// },
  { words: 'removals', method: 'DELETE' },
  { words: 'new folders', method: 'MKCOL' },
  { words: 'everything' },
  { words: 'everything' },
];

/** Of the requests that a fault is about, so many are hit. */
const shares = [1, 1, 0.5, 0.2];

const headersOf = (status: number, dice: Dice): Record<string, string> => {
  if (status === 503) return { 'retry-after': '1', 'x-nextcloud-maintenance-mode': '1' };
  return status === 429 || dice.chance(0.2) ? { 'retry-after': String(dice.whole(1, 3)) } : {};
};

/** 403, 404 and 413 in the words of a proxy, as while Nextcloud starts again behind it. */
const refusal = (dice: Dice): CloudAction => {
  const status = dice.pick([403, 404, 413, 423, 429, 500, 502, 503, 504, 507]);
  const when = dice.pick(['at-once', 'when-read', 'when-read', 'after'] as const);
  return { answer: status, headers: headersOf(status, dice), when };
};

const cut = (dice: Dice): CloudAction =>
  dice.pick<CloudAction>([
    { cut: 'before' },
    { cut: 'after' },
    { cutBodyAt: dice.next() },
    { cutAnswerAt: dice.next() },
  ]);

const wait = (dice: Dice): CloudAction => ({ hold: dice.pick(['before', 'after']) });

const crawl = (dice: Dice): CloudAction =>
  dice.pick<CloudAction>([
    { delayMs: Math.round(dice.between(200, 2_000)) },
    { bytesPerSecond: Math.round(dice.between(500_000, 5_000_000)) },
  ]);

const kind = (name: string, weight: number, actionOf: (dice: Dice) => CloudAction): FaultKind => ({
  name,
  weight,
  start({ site }, dice) {
    const { words, ...scope } = dice.pick(scopes);
    const share = dice.pick(shares);
    const action = actionOf(dice);
    const hits = dice.branch('hits');
    const rule: CloudRule = { ...scope, action, hits: () => hits.chance(share) };
    const fault = site.proxy.set(rule);
    return Promise.resolve({
      words: `${JSON.stringify(action)} for ${share * 100} % of ${words}`,
      end: () => fault.remove(),
    });
  },
});

/** What a Nextcloud, or what stands before it, does to any request. */
export const cloudKinds: FaultKind[] = [
  kind('nextcloud refuses', 5, refusal),
  kind('nextcloud cuts', 5, cut),
  kind('nextcloud hangs', 3, wait),
  kind('nextcloud crawls', 2, crawl),
];
