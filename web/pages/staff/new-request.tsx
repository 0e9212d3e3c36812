import type { JSX } from 'preact';
import { Alert } from '../../components/common.tsx';
import { describe, Field, NumberField, TextField } from '../../components/field.tsx';
import { type Language, messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Checklist } from './checklist.tsx';
import { Fold } from './fold.tsx';
import {
  languageChoices,
  type NewRequestErrors,
  type NewRequestField,
  type NewRequestValues,
  saveTemplate,
} from './new-request-form.ts';
import { Questions } from './questions.tsx';

export interface NewRequestPageProps {
  context: PageContext;
  staff: { name: string };
  /** `emptyNewRequest(…)`, or what was typed (`readNewRequest`). */
  values: NewRequestValues;
  errors?: NewRequestErrors;
  /** What kept the request from being opened although the form was right. */
  failure?: ShownFailure;
  destinations: { id: string; name: string; kindTitle: Record<Language, string> }[];
  /** Of a new one: the opener's own Nextcloud user, where it is connected. */
  ownAccount?: string;
  /** IANA names to choose from. */
  zones: readonly string[];
  /** One that is there already and is to be changed; left out: a new one. */
  changing?: { id: string; hasPassword: boolean };
  /** The rows of which more were asked for. */
  opened?: 'item' | 'question' | undefined;
  /** What a new one was filled in from. */
  template?: { id: string; name: string };
  like?: { id: string; title: string };
}

/** POSTs to its own address: `/staff/requests/new`, `/staff/requests/{id}/change`, `/staff/requests/{id}/duplicate`, `/staff/templates/{id}/new`. Works without a script. */
export const NewRequestPage = (props: NewRequestPageProps) => {
  const { context, staff, values, errors = {}, failure, changing, template, like, opened } = props;
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const own = changing === undefined ? words : t.staff.changeRequest;
  const mistakes = Object.keys(errors).length;
  const problemAt = (name: NewRequestField): string | undefined => {
    const error = errors[name];
    return error === undefined ? undefined : t.problem[error.problem](error.params ?? {});
  };
  const isWrong = (part: string): boolean => Object.keys(errors).some((name) => name.startsWith(part));
  return (
    <Layout context={context} title={own.title} staff={staff}>
      {changing !== undefined && (
        <p>
          <a href={`/staff/requests/${encodeURIComponent(changing.id)}`}>← {t.staff.changeRequest.back}</a>
        </p>
      )}
      <h1>{own.title}</h1>
      <p>{own.intro}</p>
      {template !== undefined && <p>{t.staff.templates.filledFrom({ name: template.name })}</p>}
      {like !== undefined && <p>{t.staff.templates.filledFromRequest({ title: like.title })}</p>}
      {changing === undefined && template === undefined && like === undefined && (
        <p>
          <a href="/staff/templates">{t.staff.templates.from}</a>
        </p>
      )}
      <form method="post" action={addressOf(props)} class="new-request">
        {mistakes > 0 && (
          <Alert>
            <p>{own.mistakes({ count: mistakes })}</p>
          </Alert>
        )}
        {failure !== undefined && (
          <Alert>
            <p>{t.failure[failure.code](failure.params ?? {})}</p>
          </Alert>
        )}
        <What context={context} values={values} problemAt={problemAt} changing={changing} />
        <h2>{t.console.form.optional}</h2>
        <Password context={context} values={values} problemAt={problemAt} changing={changing} />
        <When context={context} values={values} problemAt={problemAt} zones={props.zones} />
        <Limits context={context} values={values} problemAt={problemAt} />
        <Checklist
          context={context}
          rows={values.items}
          problemAt={problemAt}
          isOpen={opened === 'item' || isWrong('item.')}
        />
        <Questions
          context={context}
          rows={values.questions}
          problemAt={problemAt}
          isOpen={opened === 'question' || isWrong('question.')}
        />
        <Afterwards
          context={context}
          values={values}
          problemAt={problemAt}
          destinations={props.destinations}
          ownAccount={props.ownAccount}
        />
        <p>
          <button type="submit" class="button">
            {own.submit}
          </button>
        </p>
        <p class="hint">{own.submitHint}</p>
        {changing === undefined && (
          <div class="besides">
            <p>
              <button type="submit" class="button button-plain" name="action" value={saveTemplate}>
                {t.staff.templates.save}
              </button>
            </p>
            <p class="hint">{t.staff.templates.saveHint}</p>
          </div>
        )}
      </form>
    </Layout>
  );
};

const addressOf = ({ changing, template, like }: NewRequestPageProps): string => {
  if (changing !== undefined) return `/staff/requests/${encodeURIComponent(changing.id)}/change`;
  if (template !== undefined) return `/staff/templates/${encodeURIComponent(template.id)}/new`;
  if (like !== undefined) return `/staff/requests/${encodeURIComponent(like.id)}/duplicate`;
  return '/staff/requests/new';
};

interface PartProps {
  context: PageContext;
  values: NewRequestValues;
  problemAt: (name: NewRequestField) => string | undefined;
}

const What = ({
  context,
  values,
  problemAt,
  changing,
}: PartProps & Pick<NewRequestPageProps, 'changing'>): JSX.Element => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  return (
    <fieldset class="part">
      <legend>{words.what}</legend>
      <TextField
        id="title"
        name="title"
        label={words.name}
        mark={t.layout.required}
        hint={changing === undefined ? words.nameHint : t.staff.changeRequest.nameHint}
        value={values.title}
        problem={problemAt('title')}
        required
        maxLength={200}
      />
      <TextField
        id="instructions"
        name="instructions"
        label={words.instructions}
        hint={words.instructionsHint}
        value={values.instructions}
        problem={problemAt('instructions')}
        rows={4}
        maxLength={20_000}
      />
      <TextField
        id="deadline"
        name="deadline"
        type="datetime-local"
        label={words.deadline}
        mark={t.layout.optional}
        hint={words.deadlineHint}
        value={values.deadline}
        problem={problemAt('deadline')}
        class="short"
      />
    </fieldset>
  );
};

const Password = ({
  context,
  values,
  problemAt,
  changing,
}: PartProps & Pick<NewRequestPageProps, 'changing'>): JSX.Element => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const change = t.staff.changeRequest;
  const own = t.console.form;
  const hasPassword = changing?.hasPassword === true;
  const problem = problemAt('password');
  return (
    <Fold
      title={own.password}
      says={hasPassword ? own.set : own.none}
      isOpen={problem !== undefined || values.removePassword}
    >
      <TextField
        id="password"
        name="password"
        type="password"
        label={words.password}
        hint={hasPassword ? change.passwordHint : words.passwordHint}
        problem={problem}
        maxLength={200}
        autocomplete="new-password"
      />
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

const When = ({
  context,
  values,
  problemAt,
  zones,
}: PartProps & { zones: readonly string[] }): JSX.Element => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const hasGrace = Number(values.graceMinutes) > 0;
  return (
    <Fold
      title={t.console.form.zone}
      says={[
        values.deadlineZone,
        ...(hasGrace ? [t.staff.request.minutes({ count: Number(values.graceMinutes) })] : []),
      ].join(' · ')}
      isOpen={problemAt('deadlineZone') !== undefined || problemAt('graceMinutes') !== undefined}
    >
      <TextField
        id="deadlineZone"
        name="deadlineZone"
        label={words.zone}
        hint={words.zoneHint}
        value={values.deadlineZone}
        problem={problemAt('deadlineZone')}
        list="zones"
        autocomplete="off"
        class="short"
      />
      <datalist id="zones">
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </datalist>
      <NumberField
        name="graceMinutes"
        label={words.grace}
        hint={words.graceHint}
        value={values.graceMinutes}
        problem={problemAt('graceMinutes')}
      />
    </Fold>
  );
};

const limitFields = ['maxFileMegabytes', 'maxTotalMegabytes', 'maxFiles', 'allowedTypes'] as const;

const Limits = ({ context, values, problemAt }: PartProps): JSX.Element => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const set = limitFields.filter((field) => values[field].trim() !== '');
  return (
    <Fold
      title={t.console.form.limits}
      says={set.length === 0 ? t.console.form.noLimits : t.console.form.count({ count: set.length })}
      isOpen={limitFields.some((field) => problemAt(field) !== undefined)}
    >
      <p class="hint">{words.limitHint}</p>
      <div class="columns">
        <NumberField
          name="maxFileMegabytes"
          decimals
          label={words.maxFile}
          value={values.maxFileMegabytes}
          problem={problemAt('maxFileMegabytes')}
        />
        <NumberField
          name="maxTotalMegabytes"
          decimals
          label={words.maxTotal}
          value={values.maxTotalMegabytes}
          problem={problemAt('maxTotalMegabytes')}
        />
        <NumberField
          name="maxFiles"
          label={words.maxFiles}
          value={values.maxFiles}
          problem={problemAt('maxFiles')}
        />
      </div>
      <TextField
        id="allowedTypes"
        name="allowedTypes"
        label={words.allowedTypes}
        hint={words.allowedTypesHint}
        value={values.allowedTypes}
        problem={problemAt('allowedTypes')}
        maxLength={500}
        autocomplete="off"
      />
    </Fold>
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

const Afterwards = ({
  context,
  values,
  problemAt,
  destinations,
  ownAccount,
}: PartProps & Pick<NewRequestPageProps, 'destinations' | 'ownAccount'>): JSX.Element => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const problem = problemAt('destinationIds');
  const chosen = destinations.filter(({ id }) => values.destinationIds.includes(id));
  return (
    <Fold
      title={words.afterwards}
      says={chosen.map(({ name }) => name).join(' · ')}
      isOpen={[problem, problemAt('takeBackMinutes'), problemAt('retentionDays')].some(
        (each) => each !== undefined,
      )}
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
      <NumberField
        name="takeBackMinutes"
        label={words.takeBack}
        hint={words.takeBackHint}
        value={values.takeBackMinutes}
        problem={problemAt('takeBackMinutes')}
      />
      <NumberField
        name="retentionDays"
        label={words.retention}
        hint={words.retentionHint}
        value={values.retentionDays}
        problem={problemAt('retentionDays')}
      />
    </Fold>
  );
};
