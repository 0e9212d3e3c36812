import { hydrate, render } from 'preact';
import { SendForm } from '../components/send/form.tsx';
import {
  deadlineId,
  failureId,
  forgetId,
  receiptHeadingId,
  restId,
  type SendSetup,
  sendingHeadingId,
  sendRootId,
  sendSetupId,
} from '../components/send/setup.ts';
import { isAtWork, wouldLose } from '../sending/leaving.ts';
import { missingFiles } from '../sending/rules.ts';
import { firstView, type SendActions, type SendView } from '../sending/view.ts';
import { showOwnTimes } from './own-times.ts';
import { watchDeadline } from './sending/deadline.ts';
import { keepDraft } from './sending/draft.ts';
import { focusAround, placeOf, slotAround } from './sending/focus.ts';
import { detailsOf, focusFirst, problemsIn } from './sending/form-check.ts';
import { chosenFrom, droppedFrom, pastesFiles } from './sending/picking.ts';
import { createSender, type Sender } from './sending/sender.ts';
import { createViewStore, say, type ViewStore } from './sending/store.ts';
import { createWakeLock } from './sending/wake-lock.ts';

const tickEveryMs = 1000;

const start = () => {
  const root = document.getElementById(sendRootId);
  const embedded = document.getElementById(sendSetupId)?.textContent;
  if (root === null || embedded === null || embedded === undefined) return;
  const setup = JSON.parse(embedded) as SendSetup;

  let drawn: SendView = firstView;
  const keepAwake = createWakeLock(navigator.wakeLock, document);
  const store = createViewStore((view) => {
    render(<SendForm setup={setup} view={view} actions={actions} />, root);
    moveFocus(drawn, view);
    keepAwake(isAtWork(view));
    drawn = view;
  });
  const sender = createSender(setup, store);
  const actions = actionsFor(setup, sender, store);

  hydrate(<SendForm setup={setup} view={firstView} />, root);
  store.set({ offline: !navigator.onLine });
  const lost = keepDraft(
    () => sessionStorage,
    () => root.querySelector('form.send'),
    () => {
      const { phase, items, lost } = store.get();
      return phase === 'choosing' ? [...new Set([...items.map(({ path }) => path), ...lost])] : undefined;
    },
  );
  store.set({ lost });
  void sender.takeUp();
  showOwnTimes();
  watchDeadline(setup, document.getElementById(deadlineId));
  // For whoever measures how long that took.
  performance.mark('ready');
  watch(sender, store);
};

const actionsFor = (setup: SendSetup, sender: Sender, store: ViewStore): SendActions => ({
  addFiles: (files, slot) => sender.add({ ...chosenFrom(files), slot }),
  drop: (transfer, slot) => void droppedFrom(transfer).then((picking) => sender.add({ ...picking, slot })),
  remove(key) {
    const place = placeOf(key);
    sender.remove(key);
    focusAround(place);
  },
  removeAll() {
    sender.removeAll();
    focusAround(undefined);
  },
  retry(key) {
    const place = placeOf(key);
    sender.retry(key);
    focusAround(place);
  },
  edited(name) {
    const { fieldProblems } = store.get();
    if (fieldProblems[name] !== undefined)
      store.set({ fieldProblems: { ...fieldProblems, [name]: undefined } });
  },
  submit(form) {
    if (store.get().phase !== 'choosing') return;
    const { messages, checklist } = setup;
    const problems = {
      ...problemsIn(form, messages.problem),
      ...missingFiles(store.get().items, checklist, messages.problem),
    };
    if (Object.keys(problems).length === 0) {
      void sender.send(detailsOf(form));
      return;
    }
    store.set({ fieldProblems: problems });
    say(store, { alarm: setup.messages.problem.title });
    focusFirst(form, problems);
  },
  pause: () => sender.pause(),
  resume: () => sender.resume(),
  cancelAll() {
    if (confirm(setup.messages.progress.cancelAllSure)) sender.cancelAll();
  },
  finishWithout: () => sender.finish(),
  startAnew() {
    sender.startAnew();
    document.getElementById('name')?.focus();
  },
  tryAgain: () => sender.finish(),
});

/** Where the keyboard is, the person looks: at the receipt, at what went wrong, at the field to correct. */
const moveFocus = (before: SendView, now: SendView) => {
  if (now.phase !== before.phase && (now.phase === 'sealed' || now.phase === 'ended')) {
    document.getElementById(receiptHeadingId)?.focus();
    if (now.phase === 'sealed') offerToForget();
  } else if (now.failure !== undefined && before.failure === undefined)
    document.getElementById(failureId)?.focus();
  else if ((now.cancelled && !before.cancelled) || (now.phase === 'sending' && before.phase === 'finishing'))
    document.getElementById(restId)?.focus();
  else if (now.phase === 'sending' && before.phase === 'opening')
    document.getElementById(sendingHeadingId)?.focus();
  else if (before.phase === 'opening' && now.phase === 'choosing') {
    const form = document.querySelector<HTMLFormElement>('form.send');
    if (form !== null) focusFirst(form, now.fieldProblems);
  }
};

/** As the page does when it is loaded again. */
const offerToForget = () => {
  const template = document.getElementById(forgetId);
  if (template instanceof HTMLTemplateElement) template.replaceWith(template.content);
};

const watch = (sender: Sender, store: ViewStore) => {
  setInterval(() => sender.tick(Date.now()), tickEveryMs);
  addEventListener('online', () => sender.wentOnline());
  addEventListener('offline', () => sender.wentOffline());
  addEventListener('beforeunload', (event) => {
    if (wouldLose(store.get())) event.preventDefault();
  });
  addEventListener('paste', (event) => {
    const { phase } = store.get();
    if ((phase !== 'choosing' && phase !== 'sending') || !pastesFiles(event.clipboardData, event.target))
      return;
    event.preventDefault();
    const slot = event.target instanceof Element ? slotAround(event.target) : undefined;
    void droppedFrom(event.clipboardData).then((picking) => sender.add({ ...picking, slot }));
  });
  // A file dropped beside the drop zone would replace the page, and all that was typed.
  for (const type of ['dragover', 'drop'] as const) addEventListener(type, (event) => event.preventDefault());
};

start();
