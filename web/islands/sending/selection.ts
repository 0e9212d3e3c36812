import type { SendSetup } from '../../components/send/setup.ts';
import { fillCount } from '../../i18n/template.ts';
import { isSystemFile, type Traits, traitsKey } from '../../sending/paths.ts';
import { showsPictures } from '../../sending/pictures.ts';
import { inputOfSlot, judged, noted } from '../../sending/rules.ts';
import type { ItemView } from '../../sending/view.ts';
import type { Chosen, Picking } from './picking.ts';
import type { Pictures } from './pictures.ts';
import { say, type ViewStore } from './store.ts';

/** A file behind a line of the list. */
export interface Picked {
  file: File;
  traits: Traits;
}

/** What a choice has to do with files that were begun. */
export interface KnownFiles {
  /** How many were handed to their lines, and how many have arrived. */
  recognised: number;
  already: number;
  /** Those that replace one that was begun: their content is another. */
  changed: ReadonlySet<Chosen>;
}

const noneKnown: KnownFiles = { recognised: 0, already: 0, changed: new Set() };

/** The files that were chosen, and the rules that they break. */
export interface Selection {
  add(picking: Picking, known?: KnownFiles): void;
  /** Lines of files that an earlier visit began: they are there, or wait for their file. */
  restore(items: readonly ItemView[]): void;
  /** The file of such a line has been chosen again. */
  adopt(key: string, chosen: Chosen): void;
  remove(keys: readonly string[]): void;
  /** Whether each fits, once more: one that has failed has left its place to another. */
  judge(): void;
  picked(key: string): Picked | undefined;
  item(key: string): ItemView | undefined;
  /** What is ready, waits for its turn from now on. */
  queueAll(): void;
}

export const createSelection = (setup: SendSetup, store: ViewStore, pictures: Pictures): Selection => {
  const files = new Map<string, Picked>();
  /** Of adopted files, whose lines have other keys. */
  const adopted = new Set<string>();
  const { language, messages } = setup;

  /** The list with what is wrong with each, and with its pictures. */
  const arrange = (items: ItemView[], again: ReadonlySet<string> = new Set()): ItemView[] => {
    const arranged = noted(judged(items, setup), setup, again);
    if (!showsPictures(arranged)) return pictures.withdraw(arranged);
    for (const item of arranged) {
      const picked = files.get(item.key);
      if (picked !== undefined) pictures.want(item, picked.file);
    }
    return arranged;
  };

  const add: Selection['add'] = ({ chosen, unreadable, slot }, known = noneKnown) => {
    const wanted = chosen.filter(({ path }) => !isSystemFile(path));
    const added: ItemView[] = [];
    const again = new Set<string>();
    for (const one of wanted) {
      const { file, path } = one;
      const traits = traitsOf(one, slot);
      const key = traitsKey(traits);
      if (files.has(key) || adopted.has(key)) {
        again.add(key);
        continue;
      }
      files.set(key, { file, traits });
      const remark = known.changed.has(one) ? ('changed' as const) : undefined;
      added.push({ key, slot, path, sizeBytes: file.size, sentBytes: 0, state: 'ready', remark });
    }
    const skipped = chosen.length - wanted.length;
    const already = known.already + wanted.length - added.length;
    const items = arrange([...store.get().items, ...added], again);
    const fieldProblems = { ...store.get().fieldProblems, [inputOfSlot(slot)]: undefined };
    const lost = store.get().lost.filter((path) => !added.some((item) => item.path === path));
    store.set({ items, skipped, already, unreadable, fieldProblems, lost });
    tell(new Set(added.map(({ key }) => key)), known.recognised);
  };

  /** Says aloud what the page shows of the last addition. */
  const tell = (added: ReadonlySet<string>, recognised: number) => {
    const { items, skipped, already, unreadable } = store.get();
    const refused = items.filter(({ key, state }) => added.has(key) && state === 'refused').length;
    const count = (words: typeof messages.files.added, n: number) =>
      n === 0 ? [] : [fillCount(language, words, n)];
    say(store, {
      announcement: [
        ...count(messages.files.recognised, recognised),
        ...count(messages.files.added, added.size),
        ...count(messages.files.skipped, skipped),
        ...count(messages.files.already, already),
      ].join(' '),
      alarm: [
        ...count(messages.files.unreadable, unreadable),
        ...count(messages.files.refused, refused),
      ].join(' '),
    });
  };

  return {
    add,
    restore: (items) => store.set({ items: arrange([...items]) }),
    adopt(key, chosen) {
      const traits = traitsOf(chosen, store.get().items.find((item) => item.key === key)?.slot);
      files.set(key, { file: chosen.file, traits });
      adopted.add(traitsKey(traits));
      store.setItem(key, { state: 'waiting', sizeBytes: chosen.file.size });
    },
    remove(keys) {
      const gone = new Set(keys);
      const { items } = store.get();
      for (const { key } of items.filter((item) => gone.has(item.key))) {
        files.delete(key);
        pictures.drop(key);
      }
      const left = items.filter(({ key }) => !gone.has(key));
      store.set({ items: arrange(left), skipped: 0, already: 0, unreadable: 0 });
    },
    judge: () => store.set({ items: arrange(store.get().items) }),
    picked: (key) => files.get(key),
    item: (key) => store.get().items.find((item) => item.key === key),
    queueAll() {
      const items = noted(store.get().items, setup, new Set());
      store.set({
        items: items.map((item) => (item.state === 'ready' ? { ...item, state: 'waiting' } : item)),
      });
    },
  };
};

const traitsOf = ({ file, path }: Chosen, slot: string | undefined): Traits => ({
  path,
  sizeBytes: file.size,
  modifiedMs: file.lastModified,
  type: file.type,
  slot,
});
