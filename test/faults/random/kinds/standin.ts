import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultRule } from '../../../standins/nextcloud/standin.ts';
import type { Dice } from '../dice.ts';
import type { FaultKind, Ground } from './kind.ts';

/** Refused sign-ins after which a Nextcloud shuts an address out, and what is left of that for others. */
const mostRefusedSignIns = 8;
const readAndCreate = 5;

const standinOf = ({ site }: Ground) => {
  const { standin } = site.target;
  if (standin === undefined) throw new Error('a real Nextcloud is not done this to');
  return standin;
};

const ruled = (name: string, weight: number, ruleOf: (dice: Dice) => FaultRule): FaultKind => ({
  name,
  weight,
  start(ground, dice) {
    const rule = ruleOf(dice);
    const fault = standinOf(ground).server.control.fault(rule);
    return Promise.resolve({ words: `up to ${rule.times} times`, end: () => fault.remove() });
  },
});

/** A part that nobody sent, beside those of an upload that is on its way. */
const phantom: FaultKind = {
  name: 'phantom part',
  weight: 2,
  async start(ground, dice) {
    const { server, user } = standinOf(ground);
    const home = join(server.root, 'uploads', user.id);
    const folders = await readdir(home).catch(() => []);
    if (folders.length === 0) return undefined;
    const folder = dice.pick(folders);
    const parts = (await readdir(join(home, folder)).catch(() => [])).filter((name) => /^\d/.test(name));
    const known = dice.pick([...parts, '0000000000000000-1']);
    const name = dice.pick([`${known}.part`, `${known.split('-')[0]}-9999`, '0000000000000500-1']);
    try {
      server.control.plantPart(user.id, folder, name, 'a phantom');
    } catch {
      return undefined;
    }
    return { words: `${name} in ${folder}` };
  },
};

/** The proof is asked for again at once, as by a node that has none. */
const forgetProof = ({ site }: Ground): Promise<unknown> =>
  site.postgres
    .ask((sql) => sql`update shares set proven_at = now() - interval '1 hour'`)
    .catch(() => undefined);

const readable: FaultKind = {
  name: 'share not upload-only',
  weight: 1,
  needs: ['share'],
  async start(ground, dice) {
    const { server, user } = standinOf(ground);
    const { control } = server;
    const [own] = control.shares();
    if (own === undefined) return undefined;
    const other = dice.chance(0.5);
    let undo: () => void;
    if (other) {
      const { id } = control.addShare(user.id, ground.site.request.folder, readAndCreate);
      undo = () => control.deleteShare(id);
    } else {
      control.changeShare(own.id, { permissions: readAndCreate });
      undo = () => control.changeShare(own.id, { permissions: 4 });
    }
    await forgetProof(ground);
    return { words: other ? 'another link that can be read' : 'the permissions were changed', end: undo };
  },
};

/** What operators are told to do: a password that works, and a new start. */
const revoked: FaultKind = {
  name: 'app password revoked',
  weight: 1.5,
  needs: ['account', 'node'],
  most: 1,
  fromMs: 120_000,
  start(ground) {
    const { server, user } = standinOf(ground);
    const { proxy, nodes } = ground.site;
    const before = proxy.refusedSignIns;
    server.control.revokeAppPasswords(user.id);
    return Promise.resolve({
      words: 'until it works again and both nodes have been started anew',
      async end() {
        const refused = proxy.refusedSignIns - before;
        ground.journal.tally.refusedSignIns.push(refused);
        if (refused > mostRefusedSignIns)
          ground.journal.found(`${refused} sign-ins with a revoked password: that shuts an address out`);
        server.control.restoreAppPassword(user.id);
        server.control.unlock();
        for (const index of [0, 1]) {
          await nodes.end(index, 'SIGTERM');
          await nodes.startAgain(index);
        }
      },
    });
  },
};

const full: FaultKind = {
  name: 'no space',
  weight: 1,
  needs: ['quota'],
  most: 2,
  start(ground) {
    const { user } = standinOf(ground);
    user.quotaBytes = 1;
    return Promise.resolve({
      words: 'nothing is left of the quota',
      end() {
        delete user.quotaBytes;
      },
    });
  },
};

/** What only a stand-in lets be done to it. */
export const standinKinds: FaultKind[] = [
  ruled('hollow assembly', 2, (dice) => ({
    method: 'COPY',
    path: '/uploads/',
    times: dice.whole(1, 3),
    action: { hollow: true },
  })),
  ruled('wrong hash', 1, (dice) => ({ method: 'PUT', times: dice.whole(1, 3), action: { wrongHash: true } })),
  phantom,
  readable,
  revoked,
  full,
];
