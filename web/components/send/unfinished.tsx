import { fill, fillCount } from '../../i18n/template.ts';
import { totalsOf } from '../../sending/progress.ts';
import type { SendActions, SendView } from '../../sending/view.ts';
import { WithMoment } from '../common.tsx';
import type { SendSetup } from './setup.ts';

interface UnfinishedProps {
  setup: SendSetup;
  view: SendView;
  actions?: SendActions;
}

/** For who comes back: what has arrived, and which files to choose again. */
export const Unfinished = ({ setup, view, actions }: UnfinishedProps) => {
  const { unfinished, language } = setup;
  const words = setup.messages.unfinished;
  if (unfinished === undefined) return null;
  const { arrived, missing, files } = totalsOf(view.items);
  const isUntouched = arrived + missing === files && view.phase === 'sending';
  return (
    <section class="part unfinished" aria-labelledby="unfinished-title">
      <h2 id="unfinished-title">{words.title}</h2>
      <p>
        <WithMoment
          words={(begun) =>
            fill(language, words.begun, {
              begun,
              name: unfinished.submitterName,
              number: unfinished.receiptNumber,
            })
          }
          language={language}
          at={new Date(unfinished.begun.at)}
          zone={unfinished.begun.zone}
        />
      </p>
      {arrived > 0 && <p>{fillCount(language, words.arrived, arrived)}</p>}
      {missing > 0 && (
        <p>
          <strong>{fillCount(language, words.missing, missing)}</strong> {words.addAgain}
        </p>
      )}
      {unfinished.isLate && <p class="problem">{words.late}</p>}
      {isUntouched && !unfinished.isLate && (
        <p>
          {words.notThis}{' '}
          <button type="button" class="link" onClick={() => actions?.startAnew()}>
            {words.startAnew}
          </button>
        </p>
      )}
    </section>
  );
};
