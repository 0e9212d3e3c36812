import type { ReceiptProgress } from '../../server/intake/describe-receipt.ts';
import { askAgainMs, saidOf } from '../receipt/changes.ts';
import { type ReceiptSetup, receiptLiveId, receiptSaidId, receiptSetupId } from '../receipt/setup.ts';

/**
 * Keeps a receipt's page as things stand: asks seldom and ever more seldom, not while nobody looks, and no more when
 * nothing can change. What is new is drawn by the portal, and taken over from there.
 */
const start = () => {
  const embedded = document.getElementById(receiptSetupId)?.textContent;
  if (!embedded) return;
  const setup = JSON.parse(embedded) as ReceiptSetup;
  let known = setup.progress;
  let unchanged = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const wait = () => {
    clearTimeout(timer);
    if (!known.isFinal && document.visibilityState === 'visible')
      timer = setTimeout(() => void look(), askAgainMs(unchanged));
  };
  const look = async () => {
    const now = await ask<ReceiptProgress>(`${setup.path}/state.json`, (response) => response.json());
    unchanged += 1;
    if (
      now !== undefined &&
      JSON.stringify(now) !== JSON.stringify(known) &&
      (await redraw(setup.path, known, now))
    ) {
      say(saidOf(setup, known, now));
      known = now;
      unchanged = 0;
    }
    wait();
  };
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible' && !known.isFinal) void look();
  });
  wait();
};

/** @returns undefined where there is no answer, or another than was hoped for: it is asked again */
const ask = async <T>(path: string, read: (response: Response) => Promise<T>): Promise<T | undefined> => {
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(30_000) });
    return response.ok ? await read(response) : undefined;
  } catch {
    return undefined;
  }
};

/** With the seal the page is another; else only its slip is, and whatever is being filled in beside it stays. */
const redraw = async (path: string, before: ReceiptProgress, now: ReceiptProgress): Promise<boolean> => {
  const html = await ask(path, (response) => response.text());
  if (html === undefined) return false;
  const drawn = new DOMParser().parseFromString(html, 'text/html');
  const id = before.state === now.state ? receiptLiveId : 'content';
  const [here, there] = [document.getElementById(id), drawn.getElementById(id)];
  const said = document.getElementById(receiptSaidId);
  if (here === null || there === null) return false;
  // What has been said from is kept: a new one would not be heard.
  if (said !== null) there.querySelector(`#${receiptSaidId}`)?.replaceWith(said);
  here.replaceChildren(...there.childNodes);
  document.title = drawn.title;
  return true;
};

const say = (words: string) => {
  const said = document.getElementById(receiptSaidId);
  if (said !== null && words !== '') said.textContent = words;
};

start();
