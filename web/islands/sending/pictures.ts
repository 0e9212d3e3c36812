import { isPicture } from '../../sending/pictures.ts';
import type { ItemView } from '../../sending/view.ts';
import type { Background } from './background.ts';
import type { ViewStore } from './store.ts';

/** The small pictures in the list. Each is an object URL, and is revoked when nobody sees it any more. */
export interface Pictures {
  /** Has one made, once, if the file is a picture. */
  want(item: ItemView, file: File): void;
  drop(key: string): void;
  /** Drops them all. @returns the list without them */
  withdraw(items: readonly ItemView[]): ItemView[];
}

export const createPictures = (background: Background, store: ViewStore): Pictures => {
  /** Undefined while it is being made. */
  const made = new Map<string, string | undefined>();
  const drop = (key: string) => {
    const url = made.get(key);
    if (url !== undefined) URL.revokeObjectURL(url);
    made.delete(key);
  };
  const make = async (key: string, file: File) => {
    const url = await background.picture(file);
    if (url === undefined) return;
    // Removed in the meantime, or made once more.
    if (!made.has(key) || made.get(key) !== undefined) URL.revokeObjectURL(url);
    else {
      made.set(key, url);
      store.setItem(key, { picture: url }, 'soon');
    }
  };
  return {
    want(item, file) {
      const { key } = item;
      if (made.has(key) || !isPicture(item)) return;
      made.set(key, undefined);
      void make(key, file);
    },
    drop,
    withdraw(items) {
      for (const key of made.keys()) drop(key);
      return items.map((item) => (item.picture === undefined ? item : { ...item, picture: undefined }));
    },
  };
};
