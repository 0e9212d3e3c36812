import { formatBytes } from '../../i18n/format.ts';
import { fill, fillCount } from '../../i18n/template.ts';
import { totalsOf } from '../../sending/progress.ts';
import type { SendActions, SendView } from '../../sending/view.ts';
import type { SendSetup } from './setup.ts';

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
  return (
    <section class="part sending" aria-labelledby="sending-title">
      <h2 id="sending-title">{words.title}</h2>
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
      <Situation setup={setup} view={view} />
      {view.phase === 'sending' && totals.arrived < totals.files && (
        <p class="sending-buttons">
          <button
            type="button"
            class="button button-plain"
            onClick={() => (view.paused ? actions?.resume() : actions?.pause())}
          >
            {view.paused ? setup.messages.resume : setup.messages.pause}
          </button>
        </p>
      )}
      {view.phase === 'sending' &&
        totals.failed > 0 &&
        totals.arrived > 0 &&
        totals.arrived === totals.files && (
          <div class="alert alert-warning">
            <p>{fillCount(language, words.someFailed, totals.failed)}</p>
            <button type="button" class="button" onClick={() => actions?.finishWithout()}>
              {fillCount(language, setup.messages.finishWithout, totals.failed)}
            </button>
          </div>
        )}
    </section>
  );
};

const Situation = ({ setup, view }: ProgressProps) => {
  const words = setup.messages.progress;
  if (view.phase === 'finishing')
    return (
      <>
        <p>
          <strong>{words.finishing}</strong>
        </p>
        <p class="quiet">{words.finishingSafe}</p>
      </>
    );
  if (view.items.length === 0) return <p>{words.noneLeft}</p>;
  return (
    <>
      {waiting(view, words)}
      <p class="quiet">{words.stayOpen}</p>
    </>
  );
};

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
