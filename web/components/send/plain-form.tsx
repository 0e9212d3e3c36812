import { type Language, messagesFor } from '../../i18n/index.ts';
import type { PlainMessages } from '../../i18n/plain-messages.ts';
import { type ChecklistSlot, inputOfSlot } from '../../sending/rules.ts';
import { Alert } from '../common.tsx';
import { describe, Field } from '../field.tsx';
import { ruleLines } from '../rule-lines.ts';
import { Details } from './details.tsx';
import { plainWords, problemsOf, type Returned } from './returned.ts';
import type { SendSetup } from './setup.ts';

type Problems = Readonly<Record<string, string>>;

export const plainFormId = 'plain-form';
/** Brings back why a form could not be taken, as JSON. */
export const failureInput = 'failure';

interface PlainFormProps {
  setup: SendSetup;
  words: PlainMessages;
  /** Where it is sent to. */
  path: string;
  /** Where a submission that was begun and not finished is shown. */
  unfinishedPath?: string;
  returned?: Returned;
}

/** The form as a browser sends it by itself: fields first, then files. */
export const PlainForm = ({ setup, words, path, unfinishedPath, returned }: PlainFormProps) => {
  const failure = returned?.failure;
  const problems = failure && problemsOf(failure, setup.fields, setup.messages);
  return (
    <>
      <Alert kind="information">
        <p>{words.hint}</p>
      </Alert>
      {unfinishedPath !== undefined && (
        <Alert kind="warning">
          <p>
            {words.unfinished} <a href={unfinishedPath}>{words.goOn}</a>
          </p>
        </Alert>
      )}
      {setup.unfinished?.isLate !== true && (
        <form id={plainFormId} class="send" method="post" action={path} encType="multipart/form-data">
          {failure !== undefined && (
            <input type="hidden" name={failureInput} value={JSON.stringify(failure)} />
          )}
          <Details
            setup={setup}
            problems={problems ?? {}}
            values={returned?.values}
            idPrefix="plain-"
            locked={false}
          />
          <section class="part files" aria-labelledby="plain-files-title">
            <h2 id="plain-files-title">{setup.messages.files.title}</h2>
            <PlainFiles language={setup.language} checklist={setup.checklist} problems={problems} isFirst />
          </section>
          <p class="hint">{words.stayOpen}</p>
          <p class="send-button">
            <button type="submit" class="button">
              {setup.messages.send}
            </button>
          </p>
        </form>
      )}
    </>
  );
};

/** What became of the form, and what is to be done again. */
export const ReturnedNote = ({ setup, returned }: { setup: SendSetup; returned: Returned }) => {
  const { failure, hadFiles } = returned;
  const t = messagesFor(setup.language);
  const words = t.public.plain.again;
  if (failure !== undefined) {
    const isMarked = problemsOf(failure, setup.fields, setup.messages) !== undefined;
    return (
      <Alert title={words.title}>
        <p>{isMarked ? words.correct : plainWords(t, failure.code, failure.params)}</p>
        <p>{words.files}</p>
      </Alert>
    );
  }
  return hadFiles ? (
    <Alert kind="warning">
      <p>{words.files}</p>
    </Alert>
  ) : null;
};

/** An input for each item of the checklist, and one for all other files; without a checklist that one. */
export const PlainFiles = ({
  language,
  checklist,
  problems = {},
  isFirst = false,
}: {
  language: Language;
  checklist: readonly ChecklistSlot[];
  problems?: Problems;
  /** Nothing of it has arrived yet. */
  isFirst?: boolean;
}) => {
  const t = messagesFor(language);
  const words = t.public.plain;
  const { required, optional } = t.layout;
  const others = {
    label: checklist.length === 0 ? words.files : t.send.files.others,
    hints: [words.several],
    mustBe: checklist.length === 0,
    input: inputOfSlot(),
  };
  const inputs = checklist.map((slot) => ({
    label: slot.label,
    hints: ruleLines(language, slot.rules),
    mustBe: slot.required,
    input: inputOfSlot(slot.id),
  }));
  return [...inputs, others].map(({ label, hints, mustBe, input }) => {
    const hint = hints.length === 0 ? undefined : hints.join(language === 'ja' ? '、' : '; ');
    const field = { id: `plain-${input}`, hint, problem: problems[input] };
    return (
      <Field key={input} {...field} label={label} mark={mustBe ? required : optional}>
        <input
          {...describe(field)}
          name={input}
          type="file"
          multiple
          required={mustBe && (isFirst || checklist.length === 0)}
        />
      </Field>
    );
  });
};
