import type { SendView } from './view.ts';

/** Whether who leaves the page now loses something: what was chosen, bytes on their way, or that what has arrived is told complete. */
export const wouldLose = (view: SendView): boolean => {
  if (view.phase === 'opening') return true;
  if (view.phase === 'choosing') return view.items.length > 0;
  if (view.phase === 'finishing') return !view.handedOver;
  return (
    view.phase === 'sending' &&
    view.items.some(({ state }) => state !== 'refused' && state !== 'failed' && state !== 'missing')
  );
};

/** Whether the screen is to stay on: bytes are moving, or will by themselves. */
export const isAtWork = (view: SendView): boolean => {
  if (view.phase === 'opening' || view.phase === 'finishing') return true;
  return (
    view.phase === 'sending' &&
    !view.paused &&
    view.items.some(({ state }) => state === 'waiting' || state === 'sending' || state === 'interrupted')
  );
};
