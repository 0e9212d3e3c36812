import { afterEach, describe, expect, test, vi } from 'vitest';
import { messagesFor } from '../../../web/i18n/index.ts';
import { type Background, createBackground } from '../../../web/islands/sending/background.ts';
import { createHashing, longestWaitMs, mostHashedBytes } from '../../../web/islands/sending/hashing.ts';
import { createPictures } from '../../../web/islands/sending/pictures.ts';
import { createSelection } from '../../../web/islands/sending/selection.ts';
import { createViewStore } from '../../../web/islands/sending/store.ts';
import { pathOf } from '../../../web/sending/paths.ts';
import { isPicture, mostPictures, showsPictures, takesPhotos } from '../../../web/sending/pictures.ts';
import { sampleSetup } from './sample-setup.ts';

const noBackground: Background = {
  hash: () => Promise.resolve(undefined),
  fingerprint: () => Promise.resolve(undefined),
  picture: () => Promise.resolve(undefined),
};

const fileOf = (name: string, sizeBytes = 1, lastModified = 1): File =>
  new File([new Uint8Array(sizeBytes)], name, { lastModified });

const choosing = (rules = {}, background = noBackground) => {
  const store = createViewStore(() => undefined);
  const setup = sampleSetup({ allowedTypes: [], ...rules });
  const selection = createSelection(setup, store, createPictures(background, store));
  const add = (...files: File[]) =>
    selection.add({ chosen: files.map((file) => ({ file, path: pathOf(file) })), unreadable: 0 });
  return { store, selection, add, items: () => store.get().items };
};

describe('the list of what was chosen', () => {
  const words = messagesFor('en').send.files;

  test('leaves out what computers keep for themselves, says how many, and keeps folders and NFC', () => {
    const { store, selection, items } = choosing();
    const chosen = [
      'a/.DS_Store',
      'a/desktop.ini',
      'a/Thumbs.db',
      'a/._x.pdf',
      `a/${'が.pdf'.normalize('NFD')}`,
    ];
    selection.add({
      chosen: chosen.map((path) => ({ file: fileOf('f'), path: path.normalize('NFC') })),
      unreadable: 0,
    });
    expect(items().map(({ path }) => path)).toEqual(['a/が.pdf']);
    expect(store.get().skipped).toBe(4);
    expect(store.get().announcement).toBe('1 file added. 4 system files were left out.');
  });

  test('says beside a file which rule it breaks, aloud that there is one, and takes the others', () => {
    const { store, selection, add, items } = choosing({
      maxFiles: 2,
      maxFileBytes: 10,
      allowedTypes: ['pdf'],
    });
    add(fileOf('a.exe'), fileOf('big.pdf', 11), fileOf('a.pdf'), fileOf('b.pdf'), fileOf('c.pdf'));
    expect(items().map(({ state }) => state)).toEqual(['refused', 'refused', 'ready', 'ready', 'refused']);
    expect(items().every((item) => (item.state === 'refused') === (item.words !== undefined))).toBe(true);
    expect(store.get().alarm).toContain('3 files can’t be sent');
    selection.remove([items()[2]?.key ?? '']);
    expect(items().at(-1)?.state).toBe('ready');
    selection.queueAll();
    expect(items().map(({ state }) => state)).toEqual(['refused', 'refused', 'waiting', 'waiting']);
  });

  test('has a file once, and says beside it that it was added again; the next addition takes the words back', () => {
    const { store, add, items } = choosing();
    add(fileOf('a.pdf'));
    add(fileOf('a.pdf'), fileOf('b.pdf'));
    expect(items().map(({ path, note }) => [path, note])).toEqual([
      ['a.pdf', words.twice],
      ['b.pdf', undefined],
    ]);
    expect(store.get().already).toBe(1);
    add(fileOf('c.pdf'));
    expect(items().some(({ note }) => note !== undefined)).toBe(false);
  });

  test('has two files of one name, as phones name their photographs, and says that one is numbered', () => {
    const { add, items } = choosing();
    add(fileOf('image.jpg', 5, 1), fileOf('IMAGE.jpg', 6, 2));
    expect(items().map(({ state, note }) => [state, note])).toEqual([
      ['ready', undefined],
      ['ready', words.sameName],
    ]);
  });

  test('has a file once for each checklist item, and two of one name side by side in different ones', () => {
    const { store, selection, items } = choosing();
    const file = fileOf('a.pdf');
    const picking = { chosen: [{ file, path: 'a.pdf' }], unreadable: 0 };
    for (const slot of ['itm_1', 'itm_2', undefined, 'itm_1']) selection.add({ ...picking, slot });
    expect(items().map(({ slot, note }) => [slot, note])).toEqual([
      ['itm_1', words.twice],
      ['itm_2', undefined],
      [undefined, undefined],
    ]);
    expect(store.get().already).toBe(1);
    expect(items().map(({ key }) => selection.picked(key)?.traits.slot)).toEqual([
      'itm_1',
      'itm_2',
      undefined,
    ]);
  });

  test('says the same words again when the same happens again', () => {
    const { store, add } = choosing();
    add(fileOf('a.pdf'));
    const first = store.get().announcement;
    add(fileOf('b.pdf'));
    expect(store.get().announcement).not.toBe(first);
    expect(store.get().announcement.trim()).toBe(first);
  });
});

describe('small pictures', () => {
  test('are made of pictures, never of what is huge, and not in a long list', () => {
    const picture = { path: 'x/photo.JPG', sizeBytes: 5e6 };
    expect(isPicture(picture)).toBe(true);
    expect(isPicture({ ...picture, sizeBytes: 50e6 })).toBe(false);
    expect(isPicture({ ...picture, path: 'drawing.svg' })).toBe(false);
    expect(showsPictures(Array.from({ length: mostPictures }, () => picture))).toBe(true);
    expect(showsPictures(Array.from({ length: mostPictures + 1 }, () => picture))).toBe(false);
  });

  test('are let go of with their file, when the list becomes long, and when they come too late', async () => {
    const made: string[] = [];
    const revoke = vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined);
    const picture = () => Promise.resolve(made[made.push(`blob:${String(made.length)}`) - 1]);
    const { store, selection, add, items } = choosing({}, { ...noBackground, picture });
    add(fileOf('a.png'), fileOf('b.png'));
    await vi.waitFor(() => expect(items().map((item) => item.picture)).toEqual(['blob:0', 'blob:1']));
    selection.remove([items()[0]?.key ?? '']);
    expect(revoke.mock.calls).toEqual([['blob:0']]);
    add(...Array.from({ length: mostPictures }, (_, index) => fileOf(`${String(index)}.txt`)));
    expect(revoke.mock.calls).toEqual([['blob:0'], ['blob:1']]);
    expect(items().some((item) => item.picture !== undefined)).toBe(false);

    selection.remove(items().map(({ key }) => key));
    add(fileOf('late.png'));
    selection.remove(items().map(({ key }) => key));
    await vi.waitFor(() => expect(revoke.mock.calls.at(-1)).toEqual(['blob:2']));
    expect(store.get().items).toEqual([]);
    revoke.mockRestore();
  });

  test('a camera is offered where photographs are taken', () => {
    expect([[], ['jpg'], ['pdf', 'jpg']].map((allowedTypes) => takesPhotos({ allowedTypes }))).toEqual([
      true,
      true,
      true,
    ]);
    expect(takesPhotos({ allowedTypes: ['pdf', 'png'] })).toBe(false);
  });
});

describe('the worker', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('is missed by nobody when it can’t be had, or breaks', async () => {
    expect(await createBackground(undefined).hash(fileOf('a'))).toBeUndefined();
    class Broken extends EventTarget {
      postMessage() {
        queueMicrotask(() => this.dispatchEvent(new Event('error')));
      }
      terminate() {
        // Nothing runs.
      }
    }
    vi.stubGlobal('Worker', Broken);
    const broken = createBackground('/assets/background.js');
    expect(await Promise.all([broken.hash(fileOf('a')), broken.picture(fileOf('b'))])).toEqual([
      undefined,
      undefined,
    ]);
    expect(await broken.hash(fileOf('c'))).toBeUndefined();
  });

  test('answers each who asked', async () => {
    class Echo extends EventTarget {
      postMessage({ id, file }: { id: number; file: File }) {
        queueMicrotask(() =>
          this.dispatchEvent(new MessageEvent('message', { data: { id, result: `hash of ${file.name}` } })),
        );
      }
    }
    vi.stubGlobal('Worker', Echo);
    const background = createBackground('/assets/background.js');
    expect(await Promise.all(['a', 'b'].map((name) => background.hash(fileOf(name))))).toEqual([
      'hash of a',
      'hash of b',
    ]);
  });
});

describe('the hash of a file', () => {
  const background = (hash: Background['hash']) => ({ ...noBackground, hash });

  test('is waited for a moment, and a large file has none', async () => {
    const hash = vi.fn<Background['hash']>(() => Promise.resolve('abc'));
    const hashing = createHashing(background(hash));
    expect(await hashing.of('a', fileOf('a'))).toEqual({ sha256: 'abc', fingerprint: undefined });
    const large = { size: mostHashedBytes + 1 } as File;
    hashing.prepare('b', large);
    expect((await hashing.of('b', large)).sha256).toBeUndefined();
    expect(hash).toHaveBeenCalledTimes(1);
  });

  test('never holds up a file for longer than promised', async () => {
    vi.useFakeTimers();
    const hashing = createHashing(background(() => new Promise(() => undefined)));
    const hash = hashing.of('a', fileOf('a'));
    await vi.advanceTimersByTimeAsync(longestWaitMs);
    expect((await hash).sha256).toBeUndefined();
    vi.useRealTimers();
  });

  test('is calculated once, and once more for a file that is tried again', async () => {
    const hash = vi.fn<Background['hash']>(() => Promise.resolve('abc'));
    const hashing = createHashing(background(hash));
    const file = fileOf('a');
    hashing.prepare('a', file);
    await hashing.of('a', file);
    expect(hash).toHaveBeenCalledTimes(1);
    hashing.forget('a');
    await hashing.of('a', file);
    expect(hash).toHaveBeenCalledTimes(2);
  });
});
