import type { SendSetup } from '../../components/send/setup.ts';
import { itemOf, notBegun, recognise, rememberedIn } from '../../sending/recognise.ts';
import type { FileStatus, Opened } from '../../sending/status.ts';
import { holdAlone } from './alone.ts';
import type { Hashing } from './hashing.ts';
import type { Listed } from './list-memory.ts';
import type { Chosen, Picking } from './picking.ts';
import type { KnownFiles, Selection } from './selection.ts';
import type { ViewStore } from './store.ts';

/** What an earlier visit began and did not finish: the portal keeps it, the files have to be chosen again. */
export interface Resuming {
  /** Shows it. @returns what to go on with, and its uploads by the keys of the list; undefined: there is nothing */
  takeUp(
    locks: Pick<LockManager, 'request'> | undefined,
  ): Promise<{ opened: Opened; uploadIds: Map<string, string> } | undefined>;
  /** Shows files of the submission that were not chosen here. @returns their uploads by the keys of the list */
  meet(files: readonly FileStatus[]): [string, string][];
  /** Whether every file that was to be sent is in the list: else it can't be told when all have arrived. */
  readonly knowsAll: boolean;
  /** Whether a file may be one that was begun. */
  isExpecting(): boolean;
  /**
   * Hands the files that are recognised to their lines.
   * @param replace called for a line whose file has another content now
   * @returns the others, those of them that replace such a line, and how many were recognised, or had arrived
   */
  takeKnown(picking: Picking, replace: (key: string) => void): Promise<{ rest: Picking } & KnownFiles>;
}

export const createResuming = (
  setup: SendSetup,
  store: ViewStore,
  selection: Selection,
  hashing: Hashing,
  /** All that was to be sent, where this browser remembers it. */
  listed: readonly Listed[] | undefined,
): Resuming => {
  const begun = setup.unfinished === undefined ? [] : rememberedIn(setup.unfinished);
  const known = [...begun, ...notBegun(listed ?? [], begun)];
  const offsets = new Map(setup.unfinished?.files.map((file) => [file.uploadId, file.offsetBytes]));

  const find = async ({ file, path }: Chosen, slot: string | undefined) => {
    const listed = known.filter(({ key }) => selection.item(key) !== undefined);
    const traits = { path, sizeBytes: file.size, modifiedMs: file.lastModified, slot };
    const mayBeSame = listed.some(({ sizeBytes }) => sizeBytes === file.size);
    const fingerprint = mayBeSame ? await hashing.fingerprint(file) : undefined;
    return recognise({ ...traits, fingerprint }, listed);
  };

  return {
    async takeUp(locks) {
      if (setup.unfinished === undefined || known.length === 0) return undefined;
      if (!(await holdAlone(setup.unfinished.submissionId, locks))) {
        store.set({ isElsewhere: true });
        return undefined;
      }
      if (store.get().phase !== 'choosing' || store.get().items.length > 0) return undefined;
      // Nobody finishes by opening a link.
      store.set({ phase: 'sending', isResumed: true, asks: true });
      selection.restore(known.map((one) => itemOf(one, offsets.get(one.uploadId ?? '') ?? 0)));
      const uploadIds = known.flatMap(({ key, uploadId }) =>
        uploadId === undefined ? [] : [[key, uploadId] as const],
      );
      return { opened: setup.unfinished, uploadIds: new Map(uploadIds) };
    },
    meet(files) {
      const whole = files.map((file) => ({ ...file, sizeBytes: file.sizeBytes ?? file.offsetBytes }));
      const met = rememberedIn({ files: whole });
      known.push(...met);
      const lines = met.map((one, at) => itemOf(one, whole[at]?.offsetBytes ?? 0));
      selection.restore([
        ...store.get().items,
        ...lines.map((line) => ({ ...line, remark: 'elsewhere' as const })),
      ]);
      // Nobody finishes with what they have not seen.
      store.set({ asks: true });
      return met.map(({ key }) => [key, key]);
    },
    knowsAll: listed !== undefined,
    isExpecting: () => known.some(({ key }) => selection.item(key) !== undefined),
    async takeKnown({ chosen, slot, unreadable }, replace) {
      const rest: Chosen[] = [];
      const changed = new Set<Chosen>();
      let recognised = 0;
      let already = 0;
      for (const one of chosen) {
        const found = await find(one, slot);
        const key = found?.remembered.key ?? '';
        if (found?.kind === 'same' && selection.item(key)?.state === 'missing') {
          selection.adopt(key, one);
          recognised += 1;
        } else if (found?.kind === 'same') already += 1;
        else {
          if (found?.kind === 'changed' && selection.item(key)?.state === 'missing') {
            replace(key);
            changed.add(one);
          }
          rest.push(one);
        }
      }
      return { rest: { chosen: rest, slot, unreadable }, recognised, already, changed };
    },
  };
};
