import type { RequestField } from '../../../db/schema/requests.ts';
import type { FailureCode } from '../../../server/lib/failure.ts';
import type { Messages, WordParams } from '../../i18n/index.ts';
import type { ShownFailure } from '../../pages/context.ts';
import { inputOf } from '../../sending/reply.ts';

/** What came back of a form that was sent without a script. */
export interface Returned {
  /** By the name of the input. */
  values: Readonly<Record<string, string>>;
  /** Why it could not be taken; left out, only the language was changed. */
  failure?: ShownFailure;
  /** A browser does not keep them. */
  hadFiles: boolean;
}

/** What to say beside which input. @returns undefined for what no input has to do with */
export const problemsOf = (
  { code, params = {} }: ShownFailure,
  questions: readonly RequestField[],
  { problem }: Pick<Messages['send'], 'problem'>,
): Record<string, string> | undefined => {
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

/** A failure as it is where no script goes on by itself, and where the page says once that all is closed. */
export const plainWords = (t: Messages, code: string, params: WordParams = {}): string => {
  const { notWhole, tooLate } = t.public.plain.open;
  if (code === 'upload.busy') return notWhole;
  if (code === 'request.closed') return tooLate;
  return code in t.failure ? t.failure[code as FailureCode](params) : t.failure.internal({});
};
