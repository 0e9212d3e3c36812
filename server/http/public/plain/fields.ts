import type { NewSubmission } from '../../../intake/submit.ts';

const answerPrefix = 'answer.';

/** A submission's details, from the names that the form's inputs have. */
export const detailsIn = (fields: ReadonlyMap<string, string>): Omit<NewSubmission, 'language'> => ({
  name: fields.get('name') ?? '',
  email: fields.get('email'),
  message: fields.get('message'),
  answers: Object.fromEntries(
    [...fields]
      .filter(([name]) => name.startsWith(answerPrefix))
      .map(([name, value]) => [name.slice(answerPrefix.length), value]),
  ),
});
