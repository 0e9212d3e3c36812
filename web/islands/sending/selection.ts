import type { SendSetup } from '../../components/send/setup.ts';
import { isSystemFile, type Traits, traitsKey } from '../../sending/paths.ts';
import { brokenRule, ruleWords } from '../../sending/rules.ts';
import type { ItemView } from '../../sending/view.ts';
import type { ViewStore } from './store.ts';

/** A file behind a line of the list. */
export interface Picked {
  file: File;
  traits: Traits;
}

/** The files that were chosen, and the rules that they break. */
export interface Selection {
  add(chosen: { file: File; path: string }[]): void;
  remove(key: string): void;
  picked(key: string): Picked | undefined;
  item(key: string): ItemView | undefined;
  /** What is ready, waits for its turn from now on. */
  queueAll(): void;
}

export const createSelection = (setup: SendSetup, store: ViewStore): Selection => {
  const files = new Map<string, Picked>();

  const add: Selection['add'] = (chosen) => {
    const wanted = chosen.filter(({ path }) => !isSystemFile(path));
    const added: ItemView[] = [];
    for (const { file, path } of wanted) {
      const traits = { path, sizeBytes: file.size, modifiedMs: file.lastModified, type: file.type };
      const key = traitsKey(traits);
      if (files.has(key)) continue;
      files.set(key, { file, traits });
      added.push({ key, path, sizeBytes: file.size, sentBytes: 0, state: 'ready' });
    }
    store.set({
      items: judged([...store.get().items, ...added]),
      skipped: chosen.length - wanted.length,
      already: wanted.length - added.length,
      fieldProblems: { ...store.get().fieldProblems, files: undefined },
    });
  };

  /** Whether a file fits depends on those before it: all that is not yet under way is judged anew. */
  const judged = (items: ItemView[]): ItemView[] => {
    const before = { files: 0, bytes: 0 };
    return items.map((item) => {
      const settled = item.state !== 'ready' && item.state !== 'refused';
      const broken = settled ? undefined : brokenRule(item, setup.rules, before);
      if (item.state !== 'failed' && broken === undefined) {
        before.files += 1;
        before.bytes += item.sizeBytes;
      }
      if (settled) return item;
      const words = broken === undefined ? undefined : ruleWords(setup.language, setup.messages.rule, broken);
      return { ...item, state: broken === undefined ? 'ready' : 'refused', words };
    });
  };

  return {
    add,
    remove(key) {
      files.delete(key);
      store.set({ items: judged(store.get().items.filter((item) => item.key !== key)) });
    },
    picked: (key) => files.get(key),
    item: (key) => store.get().items.find((item) => item.key === key),
    queueAll() {
      const items = store.get().items;
      store.set({
        items: items.map((item) => (item.state === 'ready' ? { ...item, state: 'waiting' } : item)),
      });
    },
  };
};
