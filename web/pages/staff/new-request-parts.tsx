import type { JSX } from 'preact';
import { describe, Field, NumberField, TextField } from '../../components/field.tsx';
import { type Language, messagesFor } from '../../i18n/index.ts';
import type { WordParams } from '../../i18n/messages.ts';
import { passwordRules } from '../../i18n/password-rules.ts';
import type { PageContext } from '../context.ts';
import { type Fate, fates } from './fates.ts';
import { Fold } from './fold.tsx';
import { languageChoices, type NewRequestField, type NewRequestValues } from './new-request-form.ts';

/** What can be chosen from, and what is there already. */
export interface NewRequestChoices {
  destinations: { id: string; name: string; kindTitle: Record<Language, string> }[];
  /** Into which it can be put; of one there is no choice. */
  teams: readonly { id: string; name: string }[];
  /** Of a new one: the opener's own Nextcloud user, where it is connected. */
  ownAccount?: string;
  /** IANA names to choose from. */
  zones: readonly string[];
  /** Nothing was typed, or filled in from elsewhere: a script puts the browser's own zone in. */
  isUntouched?: boolean;
  /** One that is there already and is to be changed; left out: a new one. */
  changing?: { id: string; hasPassword: boolean };
  /** Nextcloud's rules for passwords, as its words take them; undefined where they are not known. */
  passwordRules?: WordParams | undefined;
}

export interface PartProps {
  context: PageContext;
  values: NewRequestValues;
  problemAt: (name: NewRequestField) => string | undefined;
}

type TextName = Extract<
  {
    [Name in keyof NewRequestValues]: NewRequestValues[Name] extends string ? Name : never;
  }[keyof NewRequestValues],
  NewRequestField
>;

/** What every field of these has alike. */
const fieldOf =
  ({ values, problemAt }: PartProps) =>
  (name: TextName) => ({ id: name, name, value: values[name], problem: problemAt(name) });

/** What is wrong in a part unfolds it. */
const isWrong = ({ problemAt }: PartProps, ...names: NewRequestField[]): boolean =>
  names.some((name) => problemAt(name) !== undefined);

/** What all requests have. */
export const What = (
  props: PartProps & Pick<NewRequestChoices, 'changing' | 'teams' | 'zones' | 'isUntouched'>,
): JSX.Element => {
  const { context, changing } = props;
  const field = fieldOf(props);
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  return (
    <fieldset class="part">
      <legend>{words.what}</legend>
      <TextField
        {...field('title')}
        label={words.name}
        mark={t.layout.required}
        hint={changing === undefined ? words.nameHint : t.staff.changeRequest.nameHint}
        required
        maxLength={200}
      />
      {props.teams.length > 1 && <TeamChoice {...props} />}
      <TextField
        {...field('instructions')}
        label={words.instructions}
        hint={words.instructionsHint}
        rows={4}
        maxLength={20_000}
      />
      <Deadline {...props} />
    </fieldset>
  );
};

/** With the zone that it is meant in: whose clock that is must not be left to guess. */
const Deadline = (props: PartProps & Pick<NewRequestChoices, 'zones' | 'isUntouched'>): JSX.Element => {
  const field = fieldOf(props);
  const t = messagesFor(props.context.language);
  const words = t.staff.newRequest;
  return (
    <div class="columns">
      <TextField
        {...field('deadline')}
        type="datetime-local"
        label={words.deadline}
        mark={t.layout.optional}
        hint={words.deadlineHint}
        class="short"
      />
      <TextField
        {...field('deadlineZone')}
        label={words.zone}
        hint={words.zoneHint}
        list="zones"
        autocomplete="off"
        class="short"
        data-own-zone={props.isUntouched === true ? '' : undefined}
      />
      <datalist id="zones">
        {props.zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </datalist>
    </div>
  );
};

const TeamChoice = ({
  context,
  values,
  problemAt,
  changing,
  teams,
}: PartProps & Pick<NewRequestChoices, 'changing' | 'teams'>): JSX.Element => {
  const { newRequest, changeRequest } = messagesFor(context.language).staff;
  const tied = {
    id: 'team',
    hint: (changing === undefined ? newRequest : changeRequest).teamHint,
    problem: problemAt('team'),
  };
  return (
    <Field {...tied} label={newRequest.team}>
      <select {...describe(tied)} name="team">
        {teams.map(({ id, name }) => (
          <option key={id} value={id} selected={id === values.team}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
};

/** Who gets in, and what they find there. */
export const Access = (
  props: PartProps & Pick<NewRequestChoices, 'changing' | 'passwordRules'>,
): JSX.Element => {
  const { context, values, problemAt, changing } = props;
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const change = t.staff.changeRequest;
  const own = t.console.form;
  const hasPassword = changing?.hasPassword === true;
  const isKept = values.keptPassword !== '';
  const problem = problemAt('password');
  const hint = isKept ? words.keptPasswordHint : hasPassword ? change.passwordHint : words.passwordHint;
  const rules = passwordRules(context.language, props.passwordRules ?? {});
  return (
    <Fold
      title={own.access}
      says={isKept || hasPassword ? own.password : own.noPassword}
      isOpen={isWrong(props, 'password', 'languages') || values.removePassword}
    >
      <TextField
        id="password"
        name="password"
        type="password"
        label={words.password}
        hint={[hint, ...(rules === '' ? [] : [words.passwordRules({ rules })])].join(' ')}
        problem={problem}
        maxLength={200}
        autocomplete="new-password"
      />
      {isKept && (
        <>
          <input type="hidden" name="keptPassword" value={values.keptPassword} />
          <label class="check">
            <input type="checkbox" name="forgetPassword" value="yes" />
            <span>{hasPassword ? change.forgetPassword : words.forgetPassword}</span>
          </label>
        </>
      )}
      {hasPassword && (
        <label class="check">
          <input type="checkbox" name="removePassword" value="yes" checked={values.removePassword} />
          <span>{change.removePassword}</span>
        </label>
      )}
      <Field
        id="languages"
        label={words.languages}
        hint={words.languagesHint}
        problem={problemAt('languages')}
      >
        <select
          {...describe({ id: 'languages', hint: words.languagesHint, problem: problemAt('languages') })}
          name="languages"
        >
          {languageChoices.map((choice) => (
            <option key={choice} value={choice} selected={choice === values.languages}>
              {words.languageChoice[choice]}
            </option>
          ))}
        </select>
      </Field>
      <label class="check">
        <input
          type="checkbox"
          name="nextcloudPageAllowed"
          value="yes"
          checked={values.nextcloudPageAllowed}
          aria-describedby="nextcloudPageAllowed-hint"
        />
        <span>{words.nextcloudPage}</span>
      </label>
      <p class="hint" id="nextcloudPageAllowed-hint">
        {words.nextcloudPageHint}
      </p>
    </Fold>
  );
};

/** How long files are taken after the deadline. */
export const Grace = (props: PartProps): JSX.Element => {
  const { context, values } = props;
  const field = fieldOf(props);
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const minutes = Number(values.graceMinutes);
  return (
    <Fold
      title={t.console.form.grace}
      says={minutes > 0 ? t.staff.request.minutes({ count: minutes }) : t.console.form.none}
      isOpen={isWrong(props, 'graceMinutes')}
    >
      <NumberField {...field('graceMinutes')} label={words.grace} hint={words.graceHint} />
    </Fold>
  );
};

const limitFields = [
  'maxFileMegabytes',
  'maxTotalMegabytes',
  'maxRequestMegabytes',
  'maxFiles',
  'allowedTypes',
] as const;

/** What is taken. */
export const Limits = (props: PartProps): JSX.Element => {
  const { context, values } = props;
  const field = fieldOf(props);
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const set = limitFields.filter((name) => values[name].trim() !== '');
  return (
    <Fold
      title={t.console.form.limits}
      says={set.length === 0 ? t.console.form.noLimits : t.console.form.count({ count: set.length })}
      isOpen={isWrong(props, ...limitFields)}
    >
      <p class="hint">{words.limitHint}</p>
      <div class="columns">
        <NumberField {...field('maxFileMegabytes')} decimals label={words.maxFile} />
        <NumberField {...field('maxTotalMegabytes')} decimals label={words.maxTotal} />
        <NumberField {...field('maxRequestMegabytes')} decimals label={words.maxRequest} />
        <NumberField {...field('maxFiles')} label={words.maxFiles} />
      </div>
      <TextField
        {...field('allowedTypes')}
        label={words.allowedTypes}
        hint={words.allowedTypesHint}
        maxLength={500}
        autocomplete="off"
      />
    </Fold>
  );
};

const FateChoice = ({ context, values, name }: Pick<PartProps, 'context' | 'values'> & { name: Fate }) => {
  const words = messagesFor(context.language).staff.newRequest.fate[name];
  const said: Record<string, string> = words.choice;
  return (
    <Field id={name} label={words.label}>
      <select id={name} name={name}>
        {fates[name].map((choice) => (
          <option key={choice} value={choice} selected={choice === values[name]}>
            {said[choice]}
          </option>
        ))}
      </select>
    </Field>
  );
};

const AccountChoice = ({
  context,
  values,
  ownAccount,
}: Pick<PartProps, 'context' | 'values'> & { ownAccount: string }): JSX.Element => {
  const words = messagesFor(context.language).staff.newRequest;
  return (
    <Field id="account" label={words.account} hint={words.accountHint}>
      <select id="account" name="account" aria-describedby="account-hint">
        <option value="portal" selected={values.account === 'portal'}>
          {words.accountPortal}
        </option>
        <option value="own" selected={values.account === 'own'}>
          {words.accountOwn({ user: ownAccount })}
        </option>
      </select>
    </Field>
  );
};

/** Where it is kept and goes, and for how long. */
export const Afterwards = (
  props: PartProps & Pick<NewRequestChoices, 'destinations' | 'ownAccount'>,
): JSX.Element => {
  const { context, values, problemAt, destinations, ownAccount } = props;
  const field = fieldOf(props);
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const problem = problemAt('destinationIds');
  const chosen = destinations.filter(({ id }) => values.destinationIds.includes(id));
  return (
    <Fold
      title={words.afterwards}
      says={chosen.map(({ name }) => name).join(' · ')}
      isOpen={isWrong(props, 'destinationIds', 'takeBackMinutes', 'deleteAfterDays', 'retentionDays')}
    >
      {ownAccount !== undefined && (
        <AccountChoice context={context} values={values} ownAccount={ownAccount} />
      )}
      {destinations.length === 0 ? (
        <p>{words.noDestinations}</p>
      ) : (
        <fieldset
          class="choices"
          {...describe({ id: 'destinationIds', hint: words.destinationsHint, problem })}
        >
          <legend>{words.destinations}</legend>
          <p class="hint" id="destinationIds-hint">
            {words.destinationsHint}
          </p>
          {destinations.map((destination) => (
            <label key={destination.id} class="check">
              <input
                type="checkbox"
                name="destinationIds"
                value={destination.id}
                checked={values.destinationIds.includes(destination.id)}
              />
              <span>
                {destination.name} <span class="quiet">{destination.kindTitle[context.language]}</span>
              </span>
            </label>
          ))}
          {problem !== undefined && (
            <p class="problem" id="destinationIds-problem">
              {problem}
            </p>
          )}
        </fieldset>
      )}
      <FateChoice context={context} values={values} name="deliverPer" />
      <FateChoice context={context} values={values} name="unscanned" />
      <NumberField {...field('takeBackMinutes')} label={words.takeBack} hint={words.takeBackHint} />
      <FateChoice context={context} values={values} name="afterImport" />
      <NumberField
        {...field('deleteAfterDays')}
        label={words.deleteAfterDays}
        hint={words.deleteAfterDaysHint}
      />
      <NumberField {...field('retentionDays')} label={words.retention} hint={words.retentionHint} />
    </Fold>
  );
};
