import { Alert } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { NewRequestMessages } from '../../i18n/staff-messages.ts';
import type { PageContext } from '../context.ts';
import type { NewRequestValues } from './new-request-form.ts';

/** A password is never told to a browser, and an account never changed. */
export const ofOneForm = ['password', 'keptPassword', 'forgetPassword', 'removePassword', 'account'] as const;

/** What two people can change at once. */
export type SharedField = Exclude<keyof NewRequestValues, (typeof ofOneForm)[number]>;

/** What somebody else has changed too while the form was open, each otherwise than its person. */
export interface Meanwhile {
  /** Undefined: nobody who has a name. */
  by: string | undefined;
  fields: SharedField[];
  now: NewRequestValues;
}

const labels: Record<SharedField, Exclude<keyof NewRequestMessages, 'kind' | 'languageChoice'>> = {
  title: 'name',
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
            <dt>{String(t.staff.newRequest[labels[name]])}</dt>
            <dd>{said(meanwhile.now, name) ?? words.meanwhileOther}</dd>
          </div>
        ))}
      </dl>
      <p>{words.meanwhileNext}</p>
    </Alert>
  );
};

/** What it is now, where that is short. */
const said = (now: NewRequestValues, name: SharedField): string | undefined => {
  const value = now[name];
  if (typeof value !== 'string' || name === 'instructions' || name === 'languages') return undefined;
  return value === '' ? '–' : value;
};
