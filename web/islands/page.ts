import { showOwnTimes } from './own-times.ts';
import { createListMemory } from './sending/list-memory.ts';

/** Small comforts of pages that work without them: the reader's own time, copying an address, printing. */
const start = () => {
  if (document.querySelector('[data-forgotten]') !== null)
    createListMemory(() => localStorage, location.pathname).forget();
  showOwnTimes();
  goOnAfterReturn();
  // Also for what is drawn later.
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element)) return;
    const button = target.closest<HTMLElement>('[data-copy]');
    if (button !== null) void copy(button);
    if (target.closest('[data-print]') !== null) print();
  });
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
  const words = button.textContent;
  button.textContent = button.dataset.copied ?? words;
  setTimeout(() => {
    button.textContent = words;
  }, sayCopiedMs);
};

start();
