import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { Sender, type Sending } from '../support/sender.ts';
import { type Journal, wordsOf } from './journal.ts';
import { becomes, type Site } from './site.ts';

const MiB = 1024 * 1024;
/** As many as a node sends at a time, together below the memory that it has for bytes. */
const fileMebibytes = [14, 14, 14, 14, 18];
const limitMs = 30_000;
const mostResidentBytes = 700 * MiB;

/**
 * Whether a node that has been through all this still has all of its turns at sending and all of its memory: holds up
 * what it sends until as much is on its way as there are turns for, and then lets it go.
 */
export const checkCapacity = async (site: Site, index: number, journal: Journal): Promise<void> => {
  const name = site.nodes.nameOf(index);
  try {
    await fillUp(site, index, journal);
  } catch (error) {
    journal.found(`the ${name} takes no new uploads as it should: ${wordsOf(error)}`);
  }
};

const fillUp = async (site: Site, index: number, journal: Journal): Promise<void> => {
  const { port, pid } = site.nodes.at(index);
  const name = site.nodes.nameOf(index);
  const sender = await Sender.start(port, site.request.token);
  const sendings: Sending[] = [];
  for (const [n, mebibytes] of fileMebibytes.entries())
    sendings.push(await sender.create(`full ${n}.bin`, randomBytes(mebibytes * MiB)));
  const puts = site.proxy.set({ method: 'PUT', path: /full/, action: { hold: 'before' } });
  const sent = Promise.all(sendings.map((sending) => sending.patch(0)));
  sent.catch(() => undefined);
  if (!(await becomes(limitMs, () => Promise.resolve(site.proxy.holding >= sendings.length))))
    journal.found(`of the ${name}'s ${sendings.length} turns only ${site.proxy.holding} could be taken`);
  const spilled = await openTemporaryFiles(pid);
  if (spilled > 0)
    journal.found(`the ${name} has no room in memory for ${spilled} of ${sendings.length} files`);
  puts.remove();
  await sent;
  const sealed = await sender.finish(limitMs);
  if (sealed.files.length !== fileMebibytes.length)
    journal.found(`${sealed.files.length} of ${fileMebibytes.length} files were sealed by the ${name}`);
  const left = await openTemporaryFiles(pid);
  if (left > 0) journal.found(`the ${name} keeps ${left} temporary files open`);
  const resident = await residentBytes(pid);
  if (resident > mostResidentBytes) journal.found(`the ${name} keeps ${Math.round(resident / MiB)} MiB`);
};

/** Temporary files have no name any more; where there is no /proc nothing is seen of them. */
const openTemporaryFiles = async (pid: number): Promise<number> => {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.filter((target) => /\/uketori-[0-9a-f-]{36}/.test(target)).length;
};

const residentBytes = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
};
