import { liveFilesId, liveSaidId } from '../console/live.ts';
import { morph } from '../console/morph.ts';
import { fillCount, type Plural } from '../i18n/template.ts';

/** Between two drawings, however much happens. */
const leastMs = 3_000;

/**
 * Keeps a page of the console as things stand. The portal says that something has changed; the page is fetched again, and what
 * is marked `data-live` in it is taken over. Only while somebody looks: a browser has few connections for all its tabs.
 */
const start = (said: HTMLElement, path: string) => {
  let stream: EventSource | undefined;
  let drawnAtMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const drawSoon = () => {
    timer ??= setTimeout(() => void draw(), Math.max(0, drawnAtMs + leastMs - Date.now()));
  };
  const draw = async () => {
    const isTheirs = await redraw(said);
    drawnAtMs = Date.now();
    timer = undefined;
    if (!isTheirs) rest();
  };
  const listen = () => {
    if (stream !== undefined && stream.readyState !== EventSource.CLOSED) return;
    stream = new EventSource(path);
    // Something may have happened since the page was drawn, or since the stream broke.
    stream.addEventListener('hello', drawSoon);
    stream.addEventListener('change', drawSoon);
  };
  const rest = () => {
    stream?.close();
    stream = undefined;
    clearTimeout(timer);
    timer = undefined;
  };
  const look = () => (document.visibilityState === 'visible' ? listen() : rest());
  document.addEventListener('visibilitychange', look);
  addEventListener('pagehide', rest);
  addEventListener('pageshow', look);
  look();
};

/** @returns false when the page is not there any more for who looks at it */
const redraw = async (said: HTMLElement): Promise<boolean> => {
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(30_000) });
    if (response.redirected || response.status === 404) return false;
    if (!response.ok) return true;
    const drawn = new DOMParser().parseFromString(await response.text(), 'text/html');
    const before = filesIn(document);
    for (const here of document.querySelectorAll('[data-live]')) {
      const there = drawn.getElementById(here.id);
      if (there !== null) morph(here, there);
    }
    say(said, filesIn(document) - before);
    return true;
  } catch {
    // Not reached, or cut: the next change draws it.
    return true;
  }
};

const filesIn = (page: Document): number => Number(page.getElementById(liveFilesId)?.textContent ?? 0);

const say = (said: HTMLElement, count: number) => {
  if (count <= 0) return;
  const words = JSON.parse(said.dataset.newFiles ?? '{"other":""}') as Plural;
  said.textContent = fillCount(document.documentElement.lang === 'ja' ? 'ja' : 'en', words, count);
};

const said = document.getElementById(liveSaidId);
if (said?.dataset.stream !== undefined) start(said, said.dataset.stream);
