import { Alert } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { NewRequestMessages } from '../../i18n/staff-messages.ts';
import type { PageContext } from '../context.ts';
import { type Fate, isFate } from './fates.ts';
import type { NewRequestValues } from './new-request-form.ts';

/** A password is never told to a browser, and an account never changed. */
export const ofOneForm = [
  'password',
  'keptPassword',
  'forgetPassword',
  'removePassword',
  'account',
  'formKey',
] as const;

/** What two people can change at once. */
export type SharedField = Exclude<keyof NewRequestValues, (typeof ofOneForm)[number]>;

/** What somebody else has changed too while the form was open, each otherwise than its person. */
export interface Meanwhile {
  /** Undefined: nobody who has a name. */
  by: string | undefined;
  fields: SharedField[];
  now: NewRequestValues;
}

const labels: Record<
  Exclude<SharedField, Fate>,
  Exclude<keyof NewRequestMessages, 'kind' | 'languageChoice' | 'fate'>
> = {
  title: 'name',
  team: 'team',
  instructions: 'instructions',
  deadline: 'deadline',
  deadlineZone: 'zone',
  graceMinutes: 'grace',
  takeBackMinutes: 'takeBack',
  retentionDays: 'retention',
  maxFileMegabytes: 'maxFile',
  maxFiles: 'maxFiles',
  maxTotalMegabytes: 'maxTotal',
  allowedTypes: 'allowedTypes',
  maxRequestMegabytes: 'maxRequest',
  deleteAfterDays: 'deleteAfterDays',
  languages: 'languages',
  nextcloudPageAllowed: 'nextcloudPage',
  items: 'items',
  questions: 'fields',
  destinationIds: 'destinations',
};

/** Above what was typed: nothing is saved yet, and what saving it overwrites. */
export const MeanwhileAlert = ({ context, meanwhile }: { context: PageContext; meanwhile: Meanwhile }) => {
  const t = messagesFor(context.language);
  const words = t.staff.changeRequest;
  return (
    <Alert>
      <p>{words.meanwhile({ by: meanwhile.by })}</p>
      <dl class="facts facts-small">
        {meanwhile.fields.map((name) => (
          <div key={name}>
            <dt>{labelOf(t.staff.newRequest, name)}</dt>
            <dd>{said(t.staff.newRequest, meanwhile.now, name) ?? words.meanwhileOther}</dd>
          </div>
        ))}
      </dl>
      <p>{words.meanwhileNext}</p>
    </Alert>
  );
};

const labelOf = (words: NewRequestMessages, name: SharedField): string =>
  isFate(name) ? words.fate[name].label : String(words[labels[name]]);

/** What it is now, where that is short. */
const said = (words: NewRequestMessages, now: NewRequestValues, name: SharedField): string | undefined => {
  if (isFate(name)) return (words.fate[name].choice as Record<string, string>)[now[name]];
  const value = now[name];
  if (typeof value !== 'string' || name === 'instructions' || name === 'languages' || name === 'team')
    return undefined;
  return value === '' ? '–' : value;
};
