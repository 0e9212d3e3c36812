import {
  type CompareSetup,
  compareFile,
  compareInputId,
  compareListId,
  compareSetupId,
  compareStatusId,
  type HashAnswer,
} from '../checking/setup.ts';
import { visibleName } from '../components/visible-name.ts';
import { formatShare } from '../i18n/format.ts';
import { fill } from '../i18n/template.ts';

/** Compares files with the receipt on the page, in this browser alone. */
const start = () => {
  const embedded = document.getElementById(compareSetupId)?.textContent;
  const input = document.getElementById(compareInputId);
  const list = document.getElementById(compareListId);
  const status = document.getElementById(compareStatusId);
  if (!embedded || !(input instanceof HTMLInputElement) || list === null || status === null) return;
  const setup = JSON.parse(embedded) as CompareSetup;
  let running = new AbortController();

  input.addEventListener('change', () => {
    running.abort();
    running = new AbortController();
    const files = [...(input.files ?? [])];
    const items = files.map((file) => createItem(file.name));
    list.replaceChildren(...items.map(({ element }) => element));
    status.textContent = '';
    void compareAll(setup, running.signal, files, (index, said) => {
      items[index]?.show(said);
      if (said.kind !== 'working') status.textContent = `${files[index]?.name ?? ''}: ${said.words}`;
    });
  });
};

interface Said {
  kind: 'working' | 'good' | 'bad';
  words: string;
}

const createItem = (name: string) => {
  const element = document.createElement('li');
  const title = document.createElement('bdi');
  title.className = 'file-name';
  title.textContent = visibleName(name);
  const words = document.createElement('p');
  element.append(title, words);
  return {
    element,
    show(said: Said) {
      element.className = `compared-${said.kind}`;
      words.textContent = said.words;
    },
  };
};

/** One after the other: two at once would only share the one disk and be known later. */
const compareAll = async (
  setup: CompareSetup,
  signal: AbortSignal,
  files: File[],
  say: (index: number, said: Said) => void,
) => {
  const { language, messages } = setup;
  for (const [index, file] of files.entries()) {
    const working = (share: number) =>
      say(index, {
        kind: 'working',
        words: fill(language, messages.working, { share: formatShare(language, share) }),
      });
    working(0);
    const sha256 = await hashOf(setup.workerPath, file, signal, (doneBytes) =>
      working(doneBytes / file.size),
    );
    if (signal.aborted) return;
    say(
      index,
      sha256 === undefined ? { kind: 'bad', words: messages.unreadable } : verdictOn(setup, file, sha256),
    );
  }
};

const verdictOn = ({ language, messages, files }: CompareSetup, file: File, sha256: string): Said => {
  const found = compareFile(files, { name: file.name, sha256 });
  if (found.kind === 'other') return { kind: 'bad', words: messages.other };
  const { number, name } = found;
  return {
    kind: found.kind === 'same' ? 'good' : 'bad',
    words: fill(language, messages[found.kind], { number, name }),
  };
};

/** @returns undefined when the file can't be read, or when it is called off */
const hashOf = (
  workerPath: string,
  file: File,
  signal: AbortSignal,
  onProgress: (doneBytes: number) => void,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    const worker = new Worker(workerPath, { type: 'module' });
    const end = (sha256?: string) => {
      worker.terminate();
      resolve(sha256);
    };
    signal.addEventListener('abort', () => end());
    worker.addEventListener('error', () => end());
    worker.addEventListener('message', ({ data }: MessageEvent<HashAnswer>) => {
      if ('doneBytes' in data) onProgress(data.doneBytes);
      else end('sha256' in data ? data.sha256 : undefined);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(file);
  });

start();
