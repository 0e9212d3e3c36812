import { formatShare } from '../../i18n/format.ts';
import { fill } from '../../i18n/template.ts';
import type { Pace } from '../../sending/pace.ts';
import { stepToAnnounce, totalsOf } from '../../sending/progress.ts';
import { quietAfterMs, stalledAfterMs } from '../../sending/retry.ts';
import { isActive, nudge, type Sending } from './state.ts';
import { say } from './store.ts';

/** Tells how long nothing has moved, and begins again what has been silent for too long. */
export const tick = (sending: Sending, nowMs: number): void => {
  const { store, transfers, heardAtMs } = sending;
  const view = store.get();
  if (view.phase !== 'sending') return;
  const quietMs = nowMs - sending.lastDataAtMs;
  const isQuiet = quietMs > quietAfterMs && view.items.some((item) => isActive(sending, item.key));
  const quietSeconds = isQuiet ? Math.floor(quietMs / 1000) : undefined;
  const pace = isQuiet ? undefined : paceOf(sending, nowMs);
  if (isQuiet) sending.meter.rest();
  if (quietSeconds !== view.quietSeconds || pace !== view.pace) store.set({ quietSeconds, pace });
  if (view.offline || view.paused) return;
  for (const [key, transfer] of transfers)
    if (isActive(sending, key) && nowMs - (heardAtMs.get(key) ?? nowMs) >= stalledAfterMs)
      nudge(sending, key, transfer);
};

const paceOf = ({ store, meter }: Sending, nowMs: number): Pace | undefined => {
  const { items, paused, offline, cancelled } = store.get();
  const { sentBytes, totalBytes, files, arrived } = totalsOf(items);
  if (paused || offline || cancelled || arrived === files) return undefined;
  return meter.read(sentBytes, totalBytes, nowMs);
};

/** Says aloud how far it is, at every quarter. */
export const announce = (sending: Sending): void => {
  const { setup, store } = sending;
  const step = stepToAnnounce(totalsOf(store.get().items).share, sending.said);
  if (step === undefined) return;
  sending.said = step;
  const share = formatShare(setup.language, step / 100);
  say(store, { announcement: fill(setup.language, setup.messages.progress.announce, { share }) }, 'soon');
};
