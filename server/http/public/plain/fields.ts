import type { RequestField } from '../../../../db/schema/index.ts';
import type { Messages } from '../../../../web/i18n/messages.ts';
import { inputOf } from '../../../../web/sending/reply.ts';
import type { NewSubmission } from '../../../intake/submit.ts';
import type { Failure } from '../../../lib/failure.ts';

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

/** What to say beside which input. @returns undefined for what no input has to do with */
export const problemsOf = (
  failure: Failure,
  questions: readonly RequestField[],
  { problem }: Pick<Messages['send'], 'problem'>,
): Record<string, string> | undefined => {
  const { code, params } = failure;
  if (code === 'submission.empty') return { files: problem.noFiles };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const told = { code, words: '', status: 422, field: text(params.field), label: text(params.label) };
  const input = inputOf(
    told,
    questions.map(({ key }) => key),
  );
  if (input === undefined) return undefined;
  if (code === 'submission.field-missing') return { [input]: problem.missing };
  const kind = input === 'email' ? input : questions.find(({ key }) => input === `answer.${key}`)?.kind;
  return { [input]: kind === 'email' || kind === 'date' ? problem[kind] : problem.invalid };
};
