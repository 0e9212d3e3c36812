import { hydrate, render } from 'preact';
import { SendForm } from '../components/send/form.tsx';
import {
  failureId,
  receiptHeadingId,
  type SendSetup,
  sendRootId,
  sendSetupId,
} from '../components/send/setup.ts';
import { firstView, type SendActions, type SendView } from '../sending/view.ts';
import { detailsOf, focusFirst, problemsIn } from './sending/form-check.ts';
import { chosenFrom, droppedFrom } from './sending/picking.ts';
import { createSender, type Sender } from './sending/sender.ts';
import { createViewStore, type ViewStore } from './sending/store.ts';

const tickEveryMs = 1000;

const start = () => {
  const root = document.getElementById(sendRootId);
  const embedded = document.getElementById(sendSetupId)?.textContent;
  if (root === null || embedded === null || embedded === undefined) return;
  const setup = JSON.parse(embedded) as SendSetup;

  let drawn: SendView = firstView;
  const store = createViewStore((view) => {
    render(<SendForm setup={setup} view={view} actions={actions} />, root);
    moveFocus(drawn, view);
    drawn = view;
  });
  const sender = createSender(setup, store);
  const actions = actionsFor(setup, sender, store);

  hydrate(<SendForm setup={setup} view={firstView} />, root);
  store.set({ offline: !navigator.onLine });
  watch(sender, store);
};

const actionsFor = (setup: SendSetup, sender: Sender, store: ViewStore): SendActions => ({
  addFiles: (files) => sender.add(chosenFrom(files)),
  drop: (transfer) => void droppedFrom(transfer).then((chosen) => sender.add(chosen)),
  remove: (key) => sender.remove(key),
  retry: (key) => sender.retry(key),
  edited(name) {
    const { fieldProblems } = store.get();
    if (fieldProblems[name] !== undefined)
      store.set({ fieldProblems: { ...fieldProblems, [name]: undefined } });
  },
  submit(form) {
    if (store.get().phase !== 'choosing') return;
    const problems = problemsIn(form, setup.messages.problem);
    if (!store.get().items.some((item) => item.state === 'ready'))
      problems.files = setup.messages.problem.noFiles;
    if (Object.keys(problems).length === 0) {
      void sender.send(detailsOf(form));
      return;
    }
    store.set({ fieldProblems: problems, announcement: setup.messages.problem.title });
    focusFirst(form, problems);
  },
  pause: () => sender.pause(),
  resume: () => sender.resume(),
  finishWithout: () => sender.finish(),
  tryAgain: () => sender.finish(),
});

/** Where the keyboard is, the person looks: at the receipt, at what went wrong, at the field to correct. */
const moveFocus = (before: SendView, now: SendView) => {
  if (now.phase === 'sealed' && before.phase !== 'sealed') document.getElementById(receiptHeadingId)?.focus();
  else if (now.failure !== undefined && before.failure === undefined)
    document.getElementById(failureId)?.focus();
  else if (before.phase === 'opening' && now.phase === 'choosing') {
    const form = document.querySelector<HTMLFormElement>('form.send');
    if (form !== null) focusFirst(form, now.fieldProblems);
  }
};

const watch = (sender: Sender, store: ViewStore) => {
  setInterval(() => sender.tick(Date.now()), tickEveryMs);
  addEventListener('online', () => sender.wentOnline());
  addEventListener('offline', () => sender.wentOffline());
  addEventListener('beforeunload', (event) => {
    const { phase } = store.get();
    if (phase === 'opening' || phase === 'sending') event.preventDefault();
  });
  // A file dropped beside the drop zone would replace the page, and all that was typed.
  for (const type of ['dragover', 'drop'] as const) addEventListener(type, (event) => event.preventDefault());
};

start();
