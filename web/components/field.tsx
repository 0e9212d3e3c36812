import type { ComponentChildren, JSX } from 'preact';

export interface FieldProps {
  id: string;
  label: ComponentChildren;
  /** “required” or “optional”, in words. */
  mark?: string;
  hint?: string;
  problem?: string;
  children: ComponentChildren;
}

/** A label, its hint, the control, and what is wrong with it. */
export const Field = ({ id, label, mark, hint, problem, children }: FieldProps) => (
  <div class={problem === undefined ? 'field' : 'field field-wrong'}>
    <label for={id}>
      {label}
      {mark !== undefined && <span class="mark"> {mark}</span>}
    </label>
    {hint !== undefined && (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
    {children}
    {problem !== undefined && (
      <p class="problem" id={`${id}-problem`}>
        {problem}
      </p>
    )}
  </div>
);

/** The attributes that tie a control to its hint and its problem. */
export const describe = ({ id, hint, problem }: Pick<FieldProps, 'id' | 'hint' | 'problem'>) => {
  const ids = [
    ...(hint === undefined ? [] : [`${id}-hint`]),
    ...(problem === undefined ? [] : [`${id}-problem`]),
  ];
  return {
    id,
    'aria-describedby': ids.length === 0 ? undefined : ids.join(' '),
    'aria-invalid': problem === undefined ? undefined : ('true' as const),
  };
};

export interface TextFieldProps extends Omit<FieldProps, 'children'> {
  name: string;
  value?: string;
  type?: 'text' | 'email' | 'password' | 'date' | 'datetime-local';
  required?: boolean;
  maxLength?: number;
  autocomplete?:
    | 'name'
    | 'email'
    | 'off'
    | 'username'
    | 'current-password'
    | 'one-time-code'
    | 'new-password';
  list?: string;
  /** More than one line. */
  rows?: number;
  class?: string;
  /** A script puts the browser's time zone in. */
  'data-own-zone'?: string | undefined;
}

/**
 * A field for a number, whole unless `decimals`. Its name is its id. What is no number is said by the server: a browser refuses
 * in silence what is wrong in a fold that is shut.
 */
export const NumberField = ({
  name,
  label,
  hint,
  value,
  problem,
  decimals = false,
}: Pick<FieldProps, 'label' | 'hint' | 'problem'> & { name: string; value: string; decimals?: boolean }) => (
  <Field id={name} label={label} hint={hint} problem={problem}>
    <input
      {...describe({ id: name, hint, problem })}
      class="short"
      type="text"
      inputMode={decimals ? 'decimal' : 'numeric'}
      name={name}
      value={value}
    />
  </Field>
);

/** A field of one line, or of several. */
export const TextField = (props: TextFieldProps) => {
  const { label, mark, hint, problem, id, rows, value, ...control } = props;
  const tied = describe({ id, hint, problem });
  // Preact types the attributes of each kind of input apart; what is here all of them take.
  const input = {
    ...tied,
    ...control,
    type: control.type ?? 'text',
    value,
  } as JSX.IntrinsicElements['input'];
  return (
    <Field id={id} label={label} mark={mark} hint={hint} problem={problem}>
      {rows === undefined ? (
        <input {...input} />
      ) : (
        <textarea
          {...tied}
          name={control.name}
          rows={rows}
          required={control.required}
          maxLength={control.maxLength}
        >
          {value}
        </textarea>
      )}
    </Field>
  );
};
