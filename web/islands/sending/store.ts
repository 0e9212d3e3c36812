import { firstView, type ItemView, type SendView } from '../../sending/view.ts';

/** The view as it stands, and who draws it. Progress comes in hundreds a second: it is drawn a few times. */
export interface ViewStore {
  get(): SendView;
  /** `soon`: may wait a moment. */
  set(change: Partial<SendView>, soon?: 'soon'): void;
  setItem(key: string, change: Partial<ItemView>, soon?: 'soon'): void;
}

const drawEveryMs = 200;

export const createViewStore = (draw: (view: SendView) => void): ViewStore => {
  let view = firstView;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const drawNow = () => {
    clearTimeout(timer);
    timer = undefined;
    draw(view);
  };
  const set: ViewStore['set'] = (change, soon) => {
    view = { ...view, ...change };
    if (soon === undefined) drawNow();
    else timer ??= setTimeout(drawNow, drawEveryMs);
  };
  return {
    get: () => view,
    set,
    setItem: (key, change, soon) =>
      set({ items: view.items.map((item) => (item.key === key ? { ...item, ...change } : item)) }, soon),
  };
};

/**
 * Hands words to screen readers: `announcement` when there is a pause, `alarm` at once. What is said twice in a row
 * would be no change, and so not be said.
 */
export const say = (
  store: ViewStore,
  words: Partial<Pick<SendView, 'announcement' | 'alarm'>>,
  soon?: 'soon',
): void => {
  const before = store.get();
  const fresh = (kind: 'announcement' | 'alarm'): string => {
    const now = words[kind] ?? before[kind];
    return words[kind] !== undefined && now !== '' && now === before[kind] ? `${now}\u00a0` : now;
  };
  store.set({ announcement: fresh('announcement'), alarm: fresh('alarm') }, soon);
};
