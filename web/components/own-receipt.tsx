import { formatList, messagesFor } from '../i18n/index.ts';
import type { PageContext } from '../pages/context.ts';
import { Alert, WithMoment } from './common.tsx';
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
  /** Where more can be sent, beside it once it is finished; undefined when nothing more is taken. */
  addPath: string | undefined;
}

export interface TakeBackFile {
  uploadId: string;
  name: string;
  sizeBytes: number;
}

interface OwnReceiptProps {
  context: PageContext;
  own: OwnReceipt;
  /** Not finished. */
  isOpen: boolean;
}

export const OwnReceiptSection = ({ context, own, isOpen }: OwnReceiptProps) => {
  const words = messagesFor(context.language).public.receipt.own;
  const { takeBack, takenBack, missing, problem, addPath } = own;
  const isOnlyAdding = takeBack.files.length === 0 && takeBack.until === undefined && takenBack.length === 0;
  if (isOnlyAdding && addPath === undefined) return null;
  return (
    <section class="part no-print" id="take-back" aria-labelledby="take-back-title">
      <h2 id="take-back-title">
        {isOnlyAdding ? words.addTitle : addPath === undefined ? words.takeBackTitle : words.title}
      </h2>
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
      <TakeBackForm
        context={context}
        takeBack={takeBack}
        mayAdd={addPath !== undefined}
        isNoneChosen={problem === 'none-chosen'}
      />
      {missing.length > 0 && (
        <Alert kind="warning">
          <p>{words.missing({ labels: formatList(context.language, missing.map(visibleName)) })}</p>
        </Alert>
      )}
      {addPath !== undefined && (
        <>
          <p>
            <a class={takenBack.length > 0 ? 'button' : 'button button-plain'} href={addPath}>
              {isOpen ? words.goOn : words.add}
            </a>
          </p>
          {!isOpen && <p class="hint">{words.addText}</p>}
        </>
      )}
    </section>
  );
};

const TakeBackForm = ({
  context,
  takeBack: { path, until, files },
  mayAdd,
  isNoneChosen,
}: {
  context: PageContext;
  takeBack: OwnReceipt['takeBack'];
  mayAdd: boolean;
  isNoneChosen: boolean;
}) => {
  const { language, zone, now } = context;
  const words = messagesFor(language).public.receipt.own;
  const said = (sentence: typeof words.until) =>
    until && (
      <p>
        <WithMoment words={(at) => sentence({ until: at })} language={language} at={until} zone={zone} />
      </p>
    );
  if (until !== undefined && until <= now) return said(words.over) ?? null;
  if (files.length === 0) return null;
  return (
    <form method="get" action={`${path}#take-back`} class="take-back-form">
      {said(words.until) ?? <p>{words.untilFinished}</p>}
      {mayAdd && <p>{words.replace}</p>}
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
        {files.map(({ uploadId, name }) => (
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
