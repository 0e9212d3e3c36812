import { showOwnTimes } from './own-times.ts';
import { createListMemory } from './sending/list-memory.ts';

/** Small comforts of pages that work without them: the reader's own time, copying an address, printing. */
const start = () => {
  if (document.querySelector('[data-forgotten]') !== null)
    createListMemory(() => localStorage, location.pathname).forget();
  showOwnTimes();
  fillInOwnZone();
  goOnAfterReturn();
  // Also for what is drawn later.
  document.addEventListener('click', (event) => {
    const { target } = event;
    if (!(target instanceof Element)) return;
    const button = target.closest<HTMLElement>('[data-copy]');
    if (button !== null) void copy(button);
    const link = target.closest<HTMLElement>('[data-copy-text]');
    if (link !== null && navigator.clipboard !== undefined) {
      event.preventDefault();
      void copyText(link);
    }
    if (target.closest('[data-print]') !== null) print();
  });
};

/** A form that nobody has touched is in the zone of whoever fills it in; else the server's stands there. */
const fillInOwnZone = () => {
  const field = document.querySelector<HTMLInputElement>('input[data-own-zone]');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // What a browser brings back, which somebody has typed before, is left alone.
  const isUntouched = [...(field?.form?.elements ?? [])].every(
    (element) => !(element instanceof HTMLInputElement) || element.value === element.defaultValue,
  );
  // Of a machine whose zone nobody has set.
  if (field !== null && isUntouched && zone !== 'Etc/Unknown') field.value = zone;
};

/** Who was led into another tab, and comes back from it, goes on. */
const goOnAfterReturn = () => {
  const form = document.querySelector<HTMLFormElement>('form[data-on-return]');
  let wasAway = false;
  let isSent = false;
  // Who comes back by pressing the button would send it twice, and what came of it is told once.
  form?.addEventListener('submit', (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener('pageshow', () => {
    isSent = false;
  });
  document.querySelector('[data-leads-away]')?.addEventListener('click', () => {
    wasAway = true;
  });
  addEventListener('focus', () => {
    if (wasAway) form?.requestSubmit();
  });
};

const sayCopiedMs = 2000;

const copy = async (button: HTMLElement) => {
  const field = document.getElementById(button.dataset.copy ?? '');
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Not allowed, or not over https: it stays selected, to be copied by hand.
    return;
  }
  sayCopied(button);
};

/** A link to where the same stands to be copied by hand: it is followed where copying is not allowed. */
const copyText = async (link: HTMLElement) => {
  try {
    await navigator.clipboard.writeText(link.dataset.copyText ?? '');
    sayCopied(link);
  } catch {
    if (link instanceof HTMLAnchorElement) location.assign(link.href);
  }
};

const sayCopied = (element: HTMLElement) => {
  const before = [...element.childNodes];
  element.replaceChildren(element.dataset.copied ?? '');
  setTimeout(() => element.replaceChildren(...before), sayCopiedMs);
};

start();
