import { formatMoment, messagesFor } from '../i18n/index.ts';
import type { PageContext } from '../pages/context.ts';
import { Alert } from './common.tsx';
import { FileName } from './file-name.tsx';

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
  /** How many were taken back. */
  takenBack: number;
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
  const { takeBack, takenBack, addPath } = own;
  const isOnlyAdding = takeBack.files.length === 0 && takeBack.until === undefined && takenBack === 0;
  if (isOnlyAdding && addPath === undefined) return null;
  return (
    <section class="part no-print" id="take-back" aria-labelledby="take-back-title">
      <h2 id="take-back-title">{isOnlyAdding ? words.addTitle : words.title}</h2>
      {takenBack > 0 && (
        <Alert kind="good">
          <p>{words.takenBack({ count: takenBack })}</p>
        </Alert>
      )}
      <TakeBackForm context={context} takeBack={takeBack} />
      {addPath !== undefined && (
        <>
          <p>
            <a class={takenBack > 0 ? 'button' : 'button button-plain'} href={addPath}>
              {takenBack > 0 ? words.addInstead : words.add}
            </a>
          </p>
          <p class="hint">{words.addText}</p>
        </>
      )}
    </section>
  );
};

const TakeBackForm = ({ context, takeBack }: { context: PageContext; takeBack: OwnReceipt['takeBack'] }) => {
  const { language, zone, now } = context;
  const words = messagesFor(language).public.receipt.own;
  const until = takeBack.until === undefined ? undefined : formatMoment(language, takeBack.until, zone);
  if (until !== undefined && takeBack.until !== undefined && takeBack.until <= now)
    return <p>{words.over({ until })}</p>;
  if (takeBack.files.length === 0) return null;
  return (
    <form method="get" action={takeBack.path} class="take-back-form">
      <p>
        {until === undefined ? words.untilFinished : words.until({ until })} {words.effect} {words.replace}
      </p>
      <fieldset class="take-back-files">
        <legend>{words.choose}</legend>
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
