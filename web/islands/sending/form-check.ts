import type { SendMessages } from '../../i18n/send-messages.ts';
import type { Details } from '../../sending/status.ts';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const isControl = (element: Element): element is Control =>
  element instanceof HTMLInputElement ||
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement;

const controlsOf = (form: HTMLFormElement): Control[] =>
  [...form.elements].filter(isControl).filter((control) => control.name !== '');

/** What the browser finds wrong with each field, in our words. By the name of the input. */
export const problemsIn = (form: HTMLFormElement, words: SendMessages['problem']): Record<string, string> =>
  Object.fromEntries(
    controlsOf(form)
      .map((control) => [control.name, problemOf(control, words)] as const)
      .filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const problemOf = (control: Control, words: SendMessages['problem']): string | undefined => {
  if (control.required && control.value.trim() === '' && !control.validity.badInput) return words.missing;
  if (control.validity.valid) return undefined;
  if (control.type === 'email') return words.email;
  return control.type === 'date' ? words.date : words.invalid;
};

/** The form as the portal takes it. */
export const detailsOf = (form: HTMLFormElement): Details => {
  const values = new Map(controlsOf(form).map((control) => [control.name, control.value]));
  const answers = [...values].filter(([name]) => name.startsWith('answer.'));
  const email = values.get('email') ?? '';
  const message = values.get('message') ?? '';
  return {
    name: values.get('name') ?? '',
    ...(email === '' ? {} : { email }),
    ...(message === '' ? {} : { message }),
    answers: Object.fromEntries(answers.map(([name, value]) => [name.slice('answer.'.length), value])),
  };
};

/** Puts the keyboard on the first field that needs correcting. What takes files goes by its id. */
export const focusFirst = (form: HTMLFormElement, problems: Record<string, string | undefined>): void => {
  const names = new Set(Object.keys(problems).filter((name) => problems[name] !== undefined));
  const first = [...form.elements].filter(isControl).find(({ name, id }) => names.has(name) || names.has(id));
  (first ?? form.querySelector<HTMLElement>('#files'))?.focus();
};
