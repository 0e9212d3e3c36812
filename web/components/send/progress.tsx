import { formatBytes, formatMinutes } from '../../i18n/format.ts';
import { fill, fillCount } from '../../i18n/template.ts';
import { type Pace, roughSeconds } from '../../sending/pace.ts';
import { type Totals, totalsOf } from '../../sending/progress.ts';
import type { ItemView, SendActions, SendView } from '../../sending/view.ts';
import { restId, type SendSetup, sendingHeadingId } from './setup.ts';

interface ProgressProps {
  setup: SendSetup;
  view: SendView;
  actions?: SendActions;
}

/** How far everything is, why it waits when it waits, and whether the page may be closed. */
export const Progress = ({ setup, view, actions }: ProgressProps) => {
  const { language } = setup;
  const words = setup.messages.progress;
  const totals = totalsOf(view.items);
  const isMoving = totals.arrived + totals.missing < totals.files;
  return (
    <section class="part sending" aria-labelledby={sendingHeadingId}>
      <h2 id={sendingHeadingId} tabIndex={-1}>
        {words.title}
      </h2>
      {totals.files > 0 && (
        <>
          <progress
            class="overall"
            max={1}
            value={view.phase === 'finishing' ? 1 : totals.share}
            aria-label={words.title}
          />
          <p class="overall-words">
            {fill(language, words.overall, {
              sent: formatBytes(language, totals.sentBytes),
              total: formatBytes(language, totals.totalBytes),
              done: totals.arrived,
              files: totals.files,
            })}
          </p>
        </>
      )}
      {view.pace !== undefined && isMoving && view.items.some(({ state }) => state === 'sending') && (
        <PaceWords setup={setup} pace={view.pace} />
      )}
      <Situation setup={setup} view={view} totals={totals} />
      {view.phase === 'sending' && isMoving && (
        <p class="sending-buttons">
          <button
            type="button"
            class="button button-plain"
            onClick={() => (view.paused ? actions?.resume() : actions?.pause())}
          >
            {view.paused ? setup.messages.resume : setup.messages.pause}
          </button>
          <button type="button" class="link" onClick={() => actions?.cancelAll()}>
            {setup.messages.cancelAll}
          </button>
        </p>
      )}
      {view.phase === 'sending' && totals.arrived > 0 && !isMoving && (
        <Rest setup={setup} view={view} totals={totals} actions={actions} />
      )}
    </section>
  );
};

const PaceWords = ({ setup: { language, messages }, pace }: { setup: SendSetup; pace: Pace }) => {
  const words = messages.progress;
  const { bytesPerSecond, secondsLeft } = pace;
  return (
    <p class="pace">
      <span>{fill(language, words.pace, { speed: formatBytes(language, bytesPerSecond) })}</span>
      {secondsLeft !== undefined && (
        <span>
          {secondsLeft <= 60
            ? words.leftMinute
            : fill(language, words.left, { time: formatMinutes(language, roughSeconds(secondsLeft)) })}
        </span>
      )}
    </p>
  );
};

/** All that goes has arrived, and the submitter decides: something failed, or was called off. */
const Rest = ({ setup, view, totals, actions }: ProgressProps & { totals: Totals }) => {
  const { language, messages } = setup;
  const { progress } = messages;
  const unsent = totals.failed + totals.refused;
  const left = unsent + totals.missing;
  const remarked = (which: ItemView['remark']) => view.items.filter(({ remark }) => remark === which).length;
  const elsewhere = remarked('elsewhere');
  const changed = remarked('changed');
  if (!view.cancelled && !view.asks && left === 0) return null;
  const words = view.cancelled
    ? [fillCount(language, progress.cancelled, totals.arrived)]
    : [
        ...(elsewhere > 0 ? [fillCount(language, progress.elsewhere, elsewhere)] : []),
        ...(changed > 0 ? [fillCount(language, progress.changed, changed)] : []),
        ...(unsent > 0 ? [fillCount(language, progress.someFailed, unsent)] : []),
        ...(totals.missing > 0 ? [fillCount(language, progress.someMissing, totals.missing)] : []),
        ...(left === 0 ? [fillCount(language, progress.allInList, totals.arrived)] : []),
      ];
  return (
    <div class="alert alert-warning" id={restId} tabIndex={-1}>
      <p>{words.join(' ')}</p>
      <button
        type="button"
        class={totals.missing > 0 ? 'button button-plain' : 'button'}
        onClick={() => actions?.finishWithout()}
      >
        {view.cancelled || left === 0
          ? fillCount(language, progress.finishWith, totals.arrived)
          : fillCount(language, messages.finishWithout, left)}
      </button>
    </div>
  );
};

const Situation = ({ setup, view, totals }: ProgressProps & { totals: Totals }) => {
  const words = setup.messages.progress;
  if (view.phase === 'finishing')
    return (
      <>
        <p>
          <strong>{words.finishing}</strong>
        </p>
        {view.offline && <p class="situation">{words.offline}</p>}
        <p class="quiet">{words.finishingSafe}</p>
      </>
    );
  if (totals.arrived > 0 && asksSubmitter(view, totals)) return null;
  if (totals.files === 0)
    return (
      <p id={restId} tabIndex={-1}>
        {totals.failed > 0 ? words.noneSent : words.noneLeft}
      </p>
    );
  if (totals.missing > 0 && totals.arrived + totals.missing === totals.files)
    return totals.arrived > 0 ? null : (
      <p class="situation">{fillCount(setup.language, words.waitsForMissing, totals.missing)}</p>
    );
  return (
    <>
      {waiting(view, words)}
      <p class="quiet">{words.stayOpen}</p>
    </>
  );
};

/** Nothing goes on by itself: the submitter says what is to happen. */
const asksSubmitter = (view: SendView, { arrived, missing, files, failed, refused }: Totals): boolean =>
  view.cancelled || (arrived + missing === files && (view.asks || failed + refused + missing > 0));

const waiting = (view: SendView, words: SendSetup['messages']['progress']) => {
  if (view.offline) return <p class="situation">{words.offline}</p>;
  if (view.paused) return <p class="situation">{words.paused}</p>;
  const quiet =
    view.quietSeconds === undefined ? null : (
      <span>{words.quiet.replace('{seconds}', String(view.quietSeconds))}</span>
    );
  if (view.items.some((item) => item.state === 'interrupted'))
    return (
      <p class="situation">
        {words.interrupted} {quiet}
      </p>
    );
  return quiet === null ? null : <p class="situation">{quiet}</p>;
};
