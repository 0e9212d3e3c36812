import { describe, expect, test, vi } from 'vitest';
import { messagesFor } from '../../../web/i18n/index.ts';
import { fingerprintOf } from '../../../web/islands/file-hash.ts';
import type { Background } from '../../../web/islands/sending/background.ts';
import { createHashing } from '../../../web/islands/sending/hashing.ts';
import { createListMemory, type Listed } from '../../../web/islands/sending/list-memory.ts';
import { createPictures } from '../../../web/islands/sending/pictures.ts';
import { createResuming } from '../../../web/islands/sending/resuming.ts';
import { createSelection } from '../../../web/islands/sending/selection.ts';
import { createViewStore } from '../../../web/islands/sending/store.ts';
import { itemOf, recognise, rememberedIn } from '../../../web/sending/recognise.ts';
import { room } from '../../../web/sending/rules.ts';
import type { FileStatus } from '../../../web/sending/status.ts';
import { sampleSetup } from './sample-setup.ts';

const words = messagesFor('en').send.files;

const fileOf = (name: string, content: string, lastModified = 1): File =>
  new File([content], name, { lastModified });

const status = (file: File, state: FileStatus['state'], fingerprint?: string): FileStatus => ({
  uploadId: `upl_${file.name}`,
  name: `stored ${file.name}`,
  sizeBytes: file.size,
  state,
  offsetBytes: state === 'uploading' ? 2 : file.size,
  metadata: {
    filename: file.name,
    lastModified: String(file.lastModified),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  },
});

test('a file that is chosen for an item goes on as one that was begun for it; among other files, as any', () => {
  const file = fileOf('a.pdf', 'content');
  const begun = (uploadId: string, item?: string): FileStatus => {
    const { metadata, ...rest } = status(file, 'uploading', 'print');
    return { ...rest, uploadId, metadata: { ...metadata, ...(item === undefined ? {} : { item }) } };
  };
  const known = rememberedIn({ files: [begun('upl_1', 'itm_1'), begun('upl_2', 'itm_2')] });
  expect(known.map((one) => itemOf(one, 0).slot)).toEqual(['itm_1', 'itm_2']);
  const found = (slot?: string) =>
    recognise({ path: 'a.pdf', sizeBytes: file.size, modifiedMs: 1, slot, fingerprint: 'print' }, known)
      ?.remembered.uploadId;
  expect([found('itm_2'), found('itm_1'), found('itm_3'), found()]).toEqual([
    'upl_2',
    'upl_1',
    undefined,
    'upl_1',
  ]);
});

describe('a fingerprint', () => {
  const noise = (seed: number, length: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length }, (_, at) => (at * seed * 7919) >> 3);

  test('is the same for the same content, whatever the file is called', async () => {
    expect(await fingerprintOf(fileOf('a', 'content'))).toBe(await fingerprintOf(fileOf('b', 'content', 9)));
  });

  test.each([
    ['empty', 0, 1],
    ['short', 10, 11],
    ['of one sample', 64 * 1024, 64 * 1024 + 1],
    ['long', 5_000_000, 5_000_001],
  ])('tells lengths apart: %s', async (_kind, one, other) => {
    const zeros = (length: number) => new Blob([new Uint8Array(length)]);
    expect(await fingerprintOf(zeros(one))).not.toBe(await fingerprintOf(zeros(other)));
  });

  test('tells files apart that differ in their beginning, their middle or their end', async () => {
    const content = noise(3, 1_000_000);
    const whole = await fingerprintOf(new Blob([content]));
    for (const at of [0, 500_000, 999_999]) {
      const other = content.slice();
      other[at] = (other[at] ?? 0) ^ 1;
      expect(await fingerprintOf(new Blob([other]))).not.toBe(whole);
    }
  });
});

describe('a file that is chosen again', () => {
  const begun = rememberedIn({
    files: [
      status(fileOf('image.jpg', '12345678'), 'uploading', 'one'),
      status(fileOf('done.jpg', '1234'), 'stored', 'two'),
      status(fileOf('plain.txt', 'plain'), 'uploading'),
      status(fileOf('failed.txt', 'x'), 'failed'),
    ],
  });
  const chosen = (path: string, sizeBytes: number, fingerprint?: string, modifiedMs = 1) =>
    recognise({ path, sizeBytes, modifiedMs, fingerprint }, begun);

  test('is known by its content, whatever it is called now', () => {
    expect(chosen('image.jpg', 8, 'one')).toMatchObject({ kind: 'same', remembered: { path: 'image.jpg' } });
    expect(chosen('IMG_0001.jpg', 8, 'one', 5)).toMatchObject({ kind: 'same' });
    expect(chosen('done.jpg', 4, 'two')).toMatchObject({ kind: 'same', remembered: { isThere: true } });
  });

  test('is not the one that was begun when only its name is the same, or also its size', () => {
    expect(chosen('image.jpg', 8, 'other')).toMatchObject({ kind: 'changed' });
    expect(chosen('image.jpg', 9)).toMatchObject({ kind: 'changed' });
    expect(chosen('other.jpg', 8, 'other')).toBeUndefined();
  });

  test('without a fingerprint must have the same name, size and time', () => {
    expect(chosen('plain.txt', 5)).toMatchObject({ kind: 'same' });
    expect(chosen('plain.txt', 5, undefined, 2)).toMatchObject({ kind: 'changed' });
  });

  test('is not compared with what has failed, and replaces nothing that has arrived', () => {
    expect(chosen('failed.txt', 1)).toBeUndefined();
    expect(chosen('done.jpg', 5, 'other')).toBeUndefined();
  });

  test('keeps its folder, and its place in the list says how much of it has arrived', () => {
    const file = fileOf('a.pdf', '12345678');
    const inFolder = status(file, 'uploading');
    inFolder.metadata.relativePath = '2026/証憑/a.pdf';
    const [one] = rememberedIn({ files: [inFolder] });
    if (one === undefined) throw new Error('not remembered');
    expect(itemOf(one, 2)).toMatchObject({ path: '2026/証憑/a.pdf', state: 'missing', sentBytes: 2 });
  });
});

describe('coming back', () => {
  const back = async (files: FileStatus[], listed?: Listed[]) => {
    const background: Background = {
      hash: () => Promise.resolve(undefined),
      fingerprint: fingerprintOf,
      picture: () => Promise.resolve(undefined),
    };
    const setup = {
      ...sampleSetup({ allowedTypes: [] }),
      unfinished: {
        submissionId: 'sub_1',
        credential: 'c',
        receiptNumber: 'n',
        begun: { at: '2026-11-22T08:00:00Z', zone: 'UTC' },
        submitterName: 'S',
        isLate: false,
        files,
      },
    };
    const store = createViewStore(() => undefined);
    const selection = createSelection(setup, store, createPictures(background, store));
    const resuming = createResuming(setup, store, selection, createHashing(background), listed);
    await resuming.takeUp(undefined);
    const choose = (replace: (key: string) => void, ...again: File[]) =>
      resuming.takeKnown(
        { chosen: again.map((file) => ({ file, path: file.name })), unreadable: 0 },
        replace,
      );
    return { store, selection, resuming, choose };
  };

  test('shows what has arrived and what is missing, and takes each file to its line', async () => {
    const [there, half, fresh] = [fileOf('there', 'aaaa'), fileOf('half', 'bbbb'), fileOf('fresh', 'cccc')];
    const { store, selection, choose } = await back([
      status(there, 'stored', await fingerprintOf(there)),
      status(half, 'uploading', await fingerprintOf(half)),
    ]);
    expect(store.get()).toMatchObject({ phase: 'sending', isResumed: true });
    expect(store.get().items.map(({ state }) => state)).toEqual(['arrived', 'missing']);
    const replace = vi.fn<(key: string) => void>();
    const { rest, ...counts } = await choose(replace, there, half, fresh);
    expect(counts).toEqual({ recognised: 1, already: 1, changed: new Set() });
    expect(rest.chosen.map(({ path }) => path)).toEqual(['fresh']);
    expect(selection.item('upl_half')?.state).toBe('waiting');
    expect(selection.picked('upl_half')?.file).toBe(half);
    expect(replace).not.toHaveBeenCalled();
    // Chosen once more, it is there already.
    expect(await choose(replace, half)).toMatchObject({ recognised: 0, already: 1 });
  });

  test('asks for every file that was to be sent, also for those that were not begun, under whatever size they come now', async () => {
    const [there, half, later] = [fileOf('there', 'aaaa'), fileOf('half', 'bbbb'), fileOf('later.jpg', 'cc')];
    const listed = [there, half, later].map(({ name, size }) => ({ path: name, sizeBytes: size }));
    const { store, selection, resuming, choose } = await back(
      [status(there, 'stored'), status(half, 'uploading', await fingerprintOf(half))],
      [...listed, { path: 'never.txt', sizeBytes: 9 }],
    );
    expect(resuming.knowsAll).toBe(true);
    // Nobody finishes by coming back.
    expect(store.get().asks).toBe(true);
    expect(store.get().items.map(({ path, state }) => [path, state])).toEqual([
      ['there', 'arrived'],
      ['half', 'missing'],
      ['later.jpg', 'missing'],
      ['never.txt', 'missing'],
    ]);
    const replace = vi.fn<(key: string) => void>();
    const again = fileOf('later.jpg', 'made anew by the phone', 77);
    expect(await choose(replace, again)).toMatchObject({ recognised: 1, rest: { chosen: [] } });
    const item = store.get().items.find(({ path }) => path === 'later.jpg');
    expect(item).toMatchObject({ state: 'waiting', sizeBytes: again.size });
    expect(selection.picked(item?.key ?? '')?.file).toBe(again);
    expect(replace).not.toHaveBeenCalled();
  });

  test('does not claim to know what is missing where nothing was remembered', async () => {
    const { resuming } = await back([status(fileOf('there', 'aaaa'), 'stored')]);
    expect(resuming.knowsAll).toBe(false);
  });

  test('never joins two contents into one file: what changed is sent from its beginning', async () => {
    const before = fileOf('photo.jpg', 'aaaa');
    const { store, selection, choose } = await back([
      status(before, 'uploading', await fingerprintOf(before)),
    ]);
    const replace = vi.fn<(key: string) => void>((key) => selection.remove([key]));
    const { rest, ...known } = await choose(
      replace,
      fileOf('photo.jpg', 'aaab'),
      fileOf('other.jpg', 'aaac'),
    );
    expect(rest.chosen).toHaveLength(2);
    expect(replace).toHaveBeenCalledExactlyOnceWith('upl_photo.jpg');
    // It is said beside the one that takes its place, also when something is added later.
    selection.add(rest, known);
    selection.add({ chosen: [{ file: fileOf('later.jpg', 'x'), path: 'later.jpg' }], unreadable: 0 });
    expect(store.get().items.map(({ path, note }) => [path, note])).toEqual([
      ['photo.jpg', words.changed],
      ['other.jpg', undefined],
      ['later.jpg', undefined],
    ]);
  });

  test('meets files of another window in the middle of a sending, and asks what is to become of them', async () => {
    const { store, resuming, choose } = await back([]);
    store.set({ phase: 'sending' });
    const theirs = fileOf('theirs', 'aaaa');
    const half = status(theirs, 'uploading', await fingerprintOf(theirs));
    const unsized = { ...status(fileOf('unsized', ''), 'received'), sizeBytes: null, offsetBytes: 9 };
    expect(resuming.isExpecting()).toBe(false);
    expect(resuming.meet([half, unsized])).toEqual([
      ['upl_theirs', 'upl_theirs'],
      ['upl_unsized', 'upl_unsized'],
    ]);
    expect(store.get().asks).toBe(true);
    expect(
      store.get().items.map(({ path, state, sizeBytes, note }) => [path, state, sizeBytes, note]),
    ).toEqual([
      ['theirs', 'missing', 4, words.elsewhere],
      ['unsized', 'arrived', 9, words.elsewhere],
    ]);
    expect(resuming.isExpecting()).toBe(true);
    expect(await choose(() => undefined, theirs)).toMatchObject({ recognised: 1, rest: { chosen: [] } });
  });

  test('is like coming for the first time where nothing can be gone on with', async () => {
    const { store, resuming } = await back([status(fileOf('a', 'x'), 'failed')]);
    expect(store.get()).toMatchObject({ phase: 'choosing', isResumed: false });
    expect(resuming.isExpecting()).toBe(false);
  });
});

test('the room that is left leaves out what is not sent', () => {
  const item = (state: 'ready' | 'refused' | 'failed', sizeBytes: number) => ({
    key: state,
    path: state,
    sizeBytes,
    sentBytes: 0,
    state,
  });
  const items = [item('ready', 3), item('refused', 100), item('failed', 100)];
  const rules = { allowedTypes: [] };
  expect(room(items, { ...rules, maxFiles: 2, maxBytes: 10 })).toEqual({ files: 1, bytes: 7 });
  expect(room(items, { ...rules, maxFiles: 1, maxBytes: 2 })).toEqual({ files: 0, bytes: 0 });
  expect(room(items, rules)).toEqual({ files: undefined, bytes: undefined });
});

describe('the list that a browser remembers', () => {
  const storage = () => {
    const entries = new Map<string, string>();
    return {
      entries,
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    };
  };
  const files = [{ path: 'a', sizeBytes: 1 }];

  test('is recalled for its submission, and no name of another stays', () => {
    const kept = storage();
    const list = createListMemory(() => kept, '/r/token');
    list.keep('sub_1', files);
    expect(list.recall('sub_1')).toEqual(files);
    expect(list.recall('sub_2')).toBeUndefined();
    expect(kept.entries.size).toBe(0);
    list.keep('sub_1', files);
    list.forget();
    expect(list.recall('sub_1')).toBeUndefined();
  });

  test('is not known, and disturbs nothing, where a browser keeps nothing', () => {
    const list = createListMemory(() => {
      throw new Error('denied');
    }, '/r/token');
    list.keep('sub_1', files);
    expect(list.recall('sub_1')).toBeUndefined();
  });
});
