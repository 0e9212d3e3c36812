import { formatList, formatMoment, messagesFor } from '../i18n/index.ts';
import type { PageContext } from '../pages/context.ts';
import { Alert } from './common.tsx';
import { FileName } from './file-name.tsx';
import { visibleName } from './visible-name.ts';

/** What the browser that has sent something may do with it. */
export interface OwnReceipt {
  takeBack: {
    /** GET with `file` shows what it means, POST does it. */
    path: string;
    /** Undefined before the seal, and where the request allows none. */
    until: Date | undefined;
    /** Empty when it is too late, or when nothing is there. */
    files: TakeBackFile[];
  };
  /** Why what was wished could not be done. */
  problem?: 'none-chosen' | 'taken-back-before';
  /** Uploads. */
  takenBack: string[];
  /** Labels of required items for which nothing is there (any more). */
  missing: string[];
  /** Where more can be sent beside it; undefined when nothing more is taken. */
  addPath: string | undefined;
}

export interface TakeBackFile {
  uploadId: string;
  name: string;
  sizeBytes: number;
}

export const OwnReceiptSection = ({ context, own }: { context: PageContext; own: OwnReceipt }) => {
  const words = messagesFor(context.language).public.receipt.own;
  const { takeBack, takenBack, missing, problem, addPath } = own;
  const isOnlyAdding = takeBack.files.length === 0 && takeBack.until === undefined && takenBack.length === 0;
  if (isOnlyAdding && addPath === undefined) return null;
  return (
    <section class="part no-print" id="take-back" aria-labelledby="take-back-title">
      <h2 id="take-back-title">{isOnlyAdding ? words.addTitle : words.title}</h2>
      {problem === 'taken-back-before' && (
        <Alert>
          <p>{words.takenBackBefore}</p>
        </Alert>
      )}
      {takenBack.length > 0 && (
        <Alert kind="good">
          <p>{words.takenBack({ count: takenBack.length })}</p>
        </Alert>
      )}
      <TakeBackForm context={context} takeBack={takeBack} isNoneChosen={problem === 'none-chosen'} />
      {missing.length > 0 && (
        <Alert kind="warning">
          <p>{words.missing({ labels: formatList(context.language, missing.map(visibleName)) })}</p>
        </Alert>
      )}
      {addPath !== undefined && (
        <>
          <p>
            <a class={takenBack.length > 0 ? 'button' : 'button button-plain'} href={addPath}>
              {words.add}
            </a>
          </p>
          <p class="hint">{words.addText}</p>
        </>
      )}
    </section>
  );
};

const TakeBackForm = ({
  context,
  takeBack,
  isNoneChosen,
}: {
  context: PageContext;
  takeBack: OwnReceipt['takeBack'];
  isNoneChosen: boolean;
}) => {
  const { language, zone, now } = context;
  const words = messagesFor(language).public.receipt.own;
  const until = takeBack.until === undefined ? undefined : formatMoment(language, takeBack.until, zone);
  if (until !== undefined && takeBack.until !== undefined && takeBack.until <= now)
    return <p>{words.over({ until })}</p>;
  if (takeBack.files.length === 0) return null;
  return (
    <form method="get" action={`${takeBack.path}#take-back`} class="take-back-form">
      <p>{until === undefined ? words.untilFinished : words.until({ until })}</p>
      <p>{words.replace}</p>
      <fieldset
        class={isNoneChosen ? 'take-back-files field-wrong' : 'take-back-files'}
        aria-describedby={isNoneChosen ? 'take-back-problem' : undefined}
      >
        <legend>{words.choose}</legend>
        {isNoneChosen && (
          <p class="problem" id="take-back-problem" role="alert">
            {words.noneChosen}
          </p>
        )}
        {takeBack.files.map(({ uploadId, name }) => (
          <label key={uploadId} class="check">
            <input type="checkbox" name="file" value={uploadId} /> <FileName name={name} />
          </label>
        ))}
      </fieldset>
      <button type="submit" class="button button-plain">
        {words.takeBack}
      </button>
    </form>
  );
};
