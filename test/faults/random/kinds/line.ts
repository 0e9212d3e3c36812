import type { Client } from '../client.ts';
import type { Dice } from '../dice.ts';
import { anyClient, anyUpload, type Fault, type FaultKind, seconds } from './kind.ts';

const rivalMs = 20_000;

const toOne = (
  name: string,
  weight: number,
  act: (client: Client, dice: Dice, lastsMs: number) => Fault,
): FaultKind => ({
  name,
  weight,
  start(ground, dice, lastsMs) {
    const client = anyClient(ground, dice);
    if (client === undefined) return Promise.resolve(undefined);
    const fault = act(client, dice, lastsMs);
    return Promise.resolve({ ...fault, words: `${client.name}, ${fault.words}` });
  },
});

/** Now, or in the middle of what comes next. */
const someBytes = (dice: Dice): number | undefined =>
  dice.chance(0.5) ? undefined : dice.whole(1, 2_000_000);

const when = (afterBytes: number | undefined): string =>
  afterBytes === undefined ? 'now' : `after ${afterBytes} bytes`;

const rival: FaultKind = {
  name: 'two writers',
  weight: 3,
  start(ground, dice) {
    const upload = anyUpload(ground, dice);
    if (upload === undefined) return Promise.resolve(undefined);
    const index = dice.whole(0, 1);
    const { port } = ground.site.nodes.at(index);
    const signal = AbortSignal.any([ground.signal, AbortSignal.timeout(rivalMs)]);
    const written = upload.rival(port, dice.whole(1, 4_000_000), signal);
    return Promise.resolve({
      words: `${upload.uploadId} by the ${ground.site.nodes.nameOf(index)}`,
      end: () => written,
    });
  },
};

const allCut: FaultKind = {
  name: 'all lines cut',
  weight: 1,
  start({ site }) {
    for (const { line } of site.nodes.clients) line.cut();
    return Promise.resolve({ words: `${site.nodes.clients.size} clients` });
  },
};

/** What happens between submitters and the portal. */
export const lineKinds: FaultKind[] = [
  toOne('line cut', 4, ({ line }, dice) => {
    const afterBytes = someBytes(dice);
    line.cut(afterBytes);
    return { words: when(afterBytes) };
  }),
  toOne('line half open', 3, ({ line }, dice) => {
    const afterBytes = someBytes(dice);
    line.freeze(afterBytes);
    return { words: when(afterBytes) };
  }),
  toOne('answers lost', 3, ({ line }) => {
    line.mute();
    return { words: 'on what is open' };
  }),
  toOne('line slow', 2, (client, dice) => {
    const bytesPerSecond = dice.whole(20_000, 200_000);
    client.slowTo(bytesPerSecond);
    return { words: `${bytesPerSecond} bytes a second`, end: () => client.slowTo(undefined) };
  }),
  toOne('client moves', 3, (client, dice) => {
    client.leadTo(1 - client.node);
    if (dice.chance(0.5)) client.line.cut();
    else client.line.freeze();
    return { words: `to node ${client.node + 1}` };
  }),
  toOne('client leaves', 2, (client, _, lastsMs) => {
    client.setOffline(true);
    client.line.cut();
    const end = () => {
      client.leadTo(1 - client.node);
      client.setOffline(false);
    };
    return { words: `comes back to the other node after ${seconds(lastsMs)}`, end };
  }),
  rival,
  allCut,
];
