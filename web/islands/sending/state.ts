import type { SendSetup } from '../../components/send/setup.ts';
import type { Meter } from '../../sending/pace.ts';
import type { Opened } from '../../sending/status.ts';
import type { SubmissionApi } from './api.ts';
import type { Hashing } from './hashing.ts';
import type { ListMemory } from './list-memory.ts';
import type { Pictures } from './pictures.ts';
import type { Resuming } from './resuming.ts';
import type { Selection } from './selection.ts';
import type { ViewStore } from './store.ts';
import type { Transfer } from './transfer.ts';

/** All that a page knows of its sending. */
export interface Sending {
  readonly setup: SendSetup;
  readonly store: ViewStore;
  readonly api: SubmissionApi;
  readonly selection: Selection;
  readonly list: ListMemory;
  readonly resuming: Resuming;
  /** By the keys of the list: what is under way or has arrived. */
  readonly transfers: Map<string, Transfer>;
  /** By the keys of the list: what the portal calls each. */
  readonly uploadIds: Map<string, string>;
  /** All uploads that this page has begun or shown, with those that it has let go of. */
  readonly known: Set<string>;
  readonly heardAtMs: Map<string, number>;
  readonly pictures: Pictures;
  readonly hashing: Hashing;
  readonly meter: Meter;
  /** Cancelled uploads that the portal has not let go of: until then they take the place of others. */
  readonly leaving: Set<Promise<void>>;
  opened: Opened | undefined;
  lastDataAtMs: number;
  /** The last step of progress that was said aloud. */
  said: number;
}

export const isActive = ({ selection }: Sending, key: string): boolean => {
  const state = selection.item(key)?.state;
  return state === 'sending' || state === 'interrupted';
};

export const heard = ({ heardAtMs }: Sending, key: string): void => {
  heardAtMs.set(key, Date.now());
};

export const nudge = (sending: Sending, key: string, transfer: Transfer): void => {
  heard(sending, key);
  transfer.nudge();
};
