import type { RequestField } from '../../../db/schema/requests.ts';
import { fill } from '../../i18n/template.ts';
import type { SendView } from '../../sending/view.ts';
import { describe, Field, TextField, type TextFieldProps } from '../field.tsx';
import { visibleName } from '../visible-name.ts';
import { answerName, type SendSetup, type Supplement } from './setup.ts';

interface DetailsProps {
  setup: SendSetup;
  /** By the name of the input. */
  problems: SendView['fieldProblems'];
  /** What was typed before, by the name of the input. */
  values?: Readonly<Record<string, string>>;
  /** Before the ids of all inputs, where the same stand in the page once more. */
  idPrefix?: string;
  /** Once sending has begun nothing here can change. */
  locked: boolean;
}

/** Who sends, and what the request asks beside the files. */
export const Details = ({ setup, problems, values = {}, idPrefix = '', locked }: DetailsProps) => {
  const { you } = setup.messages;
  const { required, optional } = setup.marks;
  const message = (
    <TextField
      id={`${idPrefix}message`}
      name="message"
      label={you.message}
      mark={optional}
      problem={problems.message}
      value={values.message}
      rows={3}
      maxLength={5000}
    />
  );
  if (setup.supplement !== undefined)
    return (
      <fieldset class="part" disabled={locked}>
        <legend>{fill(setup.language, you.supplement, { number: setup.supplement.number })}</legend>
        <Known setup={setup} supplement={setup.supplement} />
        {message}
      </fieldset>
    );
  return (
    <fieldset class="part" disabled={locked}>
      <legend>{you.title}</legend>
      <TextField
        id={`${idPrefix}name`}
        name="name"
        label={you.name}
        mark={required}
        hint={you.nameHint}
        problem={problems.name}
        value={values.name}
        required
        maxLength={200}
        autocomplete="name"
      />
      <TextField
        id={`${idPrefix}email`}
        name="email"
        type="email"
        label={you.email}
        mark={optional}
        hint={setup.mailsReceipt ? you.emailReceiptHint : you.emailHint}
        problem={problems.email}
        value={values.email}
        maxLength={254}
        autocomplete="email"
      />
      {setup.fields.map((field) => (
        <Question
          key={field.key}
          setup={setup}
          field={field}
          problem={problems[answerName(field.key)]}
          value={values[answerName(field.key)]}
          id={`${idPrefix}${answerName(field.key)}`}
        />
      ))}
      {message}
    </fieldset>
  );
};

/** What was said the first time, and is not asked again. */
const Known = ({ setup, supplement }: { setup: SendSetup; supplement: Supplement }) => {
  const { you } = setup.messages;
  const { name, email, answers } = supplement;
  const facts = [
    { label: you.name, value: name },
    ...(email === undefined ? [] : [{ label: you.email, value: email }]),
    ...answers,
  ];
  return (
    <>
      <p class="hint">{you.supplementHint}</p>
      <dl class="facts">
        {facts.map(({ label, value }, index) => (
          <div key={String(index)}>
            <dt>{label}</dt>
            <dd>
              <bdi>{visibleName(value)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
};

/** How each kind of question is asked; the lengths are those that the portal takes. */
const controls = {
  text: { maxLength: 300 },
  'long-text': { rows: 4, maxLength: 5000 },
  email: { type: 'email', maxLength: 254 },
  date: { type: 'date', class: 'short' },
} as const satisfies Record<Exclude<RequestField['kind'], 'choice'>, Partial<TextFieldProps>>;

const Question = ({
  setup,
  field,
  problem,
  value,
  id,
}: {
  setup: SendSetup;
  field: RequestField;
  problem?: string;
  value?: string;
  id: string;
}) => {
  const name = answerName(field.key);
  const mark = field.required ? setup.marks.required : setup.marks.optional;
  const common = { id, label: field.label, mark, problem };
  if (field.kind !== 'choice')
    return (
      <TextField {...common} name={name} value={value} required={field.required} {...controls[field.kind]} />
    );
  return (
    <Field {...common}>
      <select {...describe({ id, problem })} name={name} required={field.required}>
        <option value="">{setup.messages.you.choose}</option>
        {(field.choices ?? []).map((choice) => (
          <option key={choice} value={choice} selected={choice === value}>
            {choice}
          </option>
        ))}
      </select>
    </Field>
  );
};
